"""One order in several exports: the latest copy of it counts, and nothing of the others."""

from __future__ import annotations

import random
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import cleaned, line, staged
from training import columns as c
from training.cleaning import CleanOrders, clean


def copy(
    number: int | None, source: str = "a.json", revision: str | None = None, **more: Any
) -> dict[str, Any]:
    """A line of one copy of an order."""
    return line(**more) | {c.COPY: number, c.SOURCE: source, c.REVISION: revision}


def products(result: CleanOrders) -> list[tuple[str, float]]:
    """(product, quantity) of each line, by product."""
    return sorted(result.lines.select(c.PRODUCT_ID, c.QUANTITY).rows())


def test_the_latest_revision_counts_as_a_whole() -> None:
    result = cleaned(
        copy(1, revision="2026-01-07", product="tea", quantity=2),
        copy(1, revision="2026-01-07", product="mug"),
        copy(2, revision="2026-01-06", product="tea", quantity=3),
        copy(2, revision="2026-01-06", product="jam"),
    )
    assert products(result) == [("mug", 1.0), ("tea", 2.0)]
    assert (result.accounting.kept, result.accounting.merged) == (2, 2)


def test_a_refund_that_only_the_latest_copy_has() -> None:
    sale = {"quantity": 2, "at": "2026-01-05"}
    result = cleaned(
        copy(1, "january.json", "2026-01-05", **sale),
        copy(1, "february.json", "2026-02-03", **sale),
        copy(1, "february.json", "2026-02-03", quantity=-1, at="2026-02-03"),
    )
    assert products(result) == [("tea", 1.0)]
    assert (result.accounting.kept, result.accounting.merged) == (1, 2)


@pytest.mark.parametrize(
    "older, newer",
    [
        ({"revision": None}, {"revision": "2026-01-06", "status": "pending"}),
        ({"status": "pending"}, {"status": "completed"}),
        ({"status": "completed", "source": "z.json"}, {"status": "cancelled"}),
        ({"source": "2026-01.json", "number": 7}, {"source": "2026-02.json", "number": 1}),
        ({"number": 1}, {"number": 2}),
    ],
    ids=["a revision tells", "completed", "cancelled", "a later file", "further on in the file"],
)
@pytest.mark.parametrize("newer_first", [False, True])
def test_which_copy_is_the_latest(older: dict[str, Any], newer: dict[str, Any], newer_first: bool) -> None:
    copies = [copy(**{"number": 2, **older, "price": 1.0}), copy(**{"number": 1, **newer, "price": 2.0})]
    result = clean(staged(reversed(copies) if newer_first else copies))
    told = [2.0] if newer.get("status") != "cancelled" else []
    assert result.lines[c.UNIT_PRICE].to_list() == told
    assert result.accounting.merged == 1
    assert result.accounting.ignored == ({} if told else {"cancelled": 1})


def test_lines_alike_within_one_copy_are_two_lines() -> None:
    result = cleaned(copy(1), copy(1), copy(1, quantity=-1, at="2026-01-06"))
    assert products(result) == [("tea", 1.0)]
    assert (result.accounting.kept, result.accounting.merged) == (1, 2)


def test_the_same_number_in_another_file_is_another_copy() -> None:
    result = cleaned(copy(1, "a.json", product="tea"), copy(1, "b.json", product="jam"))
    assert products(result) == [("jam", 1.0)]


def test_other_orders_keep_theirs() -> None:
    result = cleaned(copy(1, order="1"), copy(2, order="2"), copy(3, order="2"), line("3"), line("3"))
    assert result.lines[c.ORDER_ID].to_list() == ["1", "2", "3"]
    assert result.accounting.merged == 2


def test_rows_that_no_platform_wrote_are_a_copy_too() -> None:
    plain = line(quantity=5) | {c.SOURCE: "plain.csv"}
    result = cleaned(plain, copy(1, revision="2026-01-06", quantity=2))
    assert products(result) == [("tea", 2.0)]
    assert result.accounting.merged == 1


def test_ignored_rows_of_an_outdated_copy_are_merged_with_it() -> None:
    postage = {"product": "post", "ignored": "not_a_product", "status": "odd"}
    result = cleaned(copy(1), copy(1, **postage), copy(2), copy(2, **postage))
    assert (result.accounting.kept, result.accounting.merged) == (1, 2)
    assert result.accounting.ignored == {"not_a_product": 1}


any_copy = st.builds(
    copy,
    number=st.sampled_from([None, 1, 2]),
    source=st.sampled_from(["a.json", "b.json"]),
    revision=st.sampled_from([None, "2026-01-05", "2026-01-06"]),
    order=st.sampled_from("12"),
    product=st.sampled_from(["tea", "jam"]),
    quantity=st.sampled_from([-1, 0, 1, 2]),
    status=st.sampled_from(["completed", "cancelled", "refunded"]),
)


@given(st.lists(any_copy, max_size=15), st.randoms(use_true_random=False))
def test_every_row_is_accounted_for_in_any_order(lines: list[dict[str, Any]], random: random.Random) -> None:
    one, other = (clean(staged(some)) for some in (lines, random.sample(lines, len(lines))))
    assert one.accounting == other.accounting
    assert one.accounting.read == len(lines)
    copied = {row[c.ORDER_ID] for row in lines if row[c.COPY] is not None}
    kept = one.lines.filter(pl.col(c.ORDER_ID).is_in(copied))
    assert (kept.group_by(c.ORDER_ID).agg(pl.col(c.SOURCE).n_unique())[c.SOURCE] == 1).all()
