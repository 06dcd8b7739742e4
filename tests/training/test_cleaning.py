"""The rules for order lines: each alone, then all of them over any lines."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import cleaned, line, order_file, staged
from tests.needs import SHARED, needs_shared
from training import columns as c
from training.cleaning import Accounting, CleanOrders, clean
from training.errors import InputRefused
from training.reading import read_orders


def quantities(clean_orders: CleanOrders) -> list[tuple[str, str, float]]:
    """(order, product, quantity) of each line, oldest first."""
    return clean_orders.lines.select(c.ORDER_ID, c.PRODUCT_ID, c.QUANTITY).rows()


def outcome(clean_orders: CleanOrders) -> tuple[int, int, dict[str, int]]:
    """(kept, merged, ignored)."""
    accounting = clean_orders.accounting
    return accounting.kept, accounting.merged, accounting.ignored


def test_good_lines_are_kept_oldest_first() -> None:
    result = cleaned(line("2", at="2026-01-06"), line("1", at="2026-01-05"))
    assert quantities(result) == [("1", "tea", 1), ("2", "tea", 1)]
    assert outcome(result) == (2, 0, {})


class TestDuplicates:
    def test_a_line_alike_in_everything_is_the_same_line(self) -> None:
        assert outcome(cleaned(line(), line(), line())) == (1, 2, {})

    @pytest.mark.parametrize(
        "other",
        [
            {"quantity": 2},
            {"price": 3.0},
            {"at": "2026-01-05T00:00:01"},
            {"customer": None},
            {"order": "2"},
            {"product": "milk"},
        ],
        ids=lambda other: next(iter(other)),
    )
    def test_a_line_that_differs_is_a_line_of_its_own(self, other: dict[str, Any]) -> None:
        assert outcome(cleaned(line(), line(**other))) == (2, 0, {})

    def test_a_file_read_twice_adds_nothing(self, tmp_path) -> None:
        file = order_file(
            tmp_path, "1,ann,tea,2,2.5,2026-01-05", "2,bob,tea,0,2.5,2026-01-05", "3,,tea,-1,2,2026-01-06"
        )
        once, twice = (clean(read_orders([file] * times)) for times in (1, 2))
        assert once.lines.equals(twice.lines)
        assert once.accounting.ignored == twice.accounting.ignored
        assert twice.accounting.merged == once.accounting.merged + 3

    @pytest.mark.parametrize(
        "states, expected",
        [
            (("pending", "completed"), (1, 1, {})),
            (("completed", "refunded"), (0, 1, {"refunded": 1})),
            (("pending", "cancelled"), (0, 1, {"cancelled": 1})),
        ],
    )
    @pytest.mark.parametrize("newest_first", [False, True])
    def test_overlapping_exports_the_later_state_holds(self, states, expected, newest_first: bool) -> None:
        lines = [line(status=state) for state in states]
        assert outcome(cleaned(*(reversed(lines) if newest_first else lines))) == expected


class TestIgnored:
    @pytest.mark.parametrize(
        "bad, reason",
        [
            ({"status": "Cancelled"}, "cancelled"),
            ({"status": "REFUNDED"}, "refunded"),
            ({"quantity": 0}, "zero_quantity"),
            ({"quantity": -1, "customer": "bob"}, "unmatched_return"),
            ({"quantity": -1, "status": "cancelled"}, "cancelled"),
            ({"ignored": "not_a_product"}, "not_a_product"),
        ],
    )
    def test_by_reason(self, bad: dict[str, Any], reason: str) -> None:
        assert outcome(cleaned(line("1"), line("2", at="2026-02-01", **bad))) == (1, 0, {reason: 1})

    def test_a_pending_order_is_a_choice_made(self) -> None:
        assert outcome(cleaned(line(status="pending"))) == (1, 0, {})

    def test_after_as_of(self) -> None:
        noon = int(datetime(2026, 1, 5, 12, tzinfo=UTC).timestamp())
        lines = [line("1", at="2026-01-05T12:00"), line("2", at="2026-01-05T12:00:01")]
        assert outcome(cleaned(*lines, as_of=noon)) == (1, 0, {"after_as_of": 1})

    def test_the_very_second_of_as_of_counts_to_its_end(self) -> None:
        noon = int(datetime(2026, 1, 5, 12, tzinfo=UTC).timestamp())
        lines = [line("1", at="2026-01-05T12:00:00.999"), line("2", at="2026-01-05T12:00:01")]
        assert outcome(cleaned(*lines, as_of=noon)) == (1, 0, {"after_as_of": 1})

    def test_a_return_after_as_of_has_not_happened(self) -> None:
        noon = int(datetime(2026, 1, 5, 12, tzinfo=UTC).timestamp())
        lines = [line("1", at="2026-01-05"), line("2", at="2026-01-06", quantity=-1)]
        assert outcome(cleaned(*lines, as_of=noon)) == (1, 0, {"after_as_of": 1})


class TestReturns:
    def test_takes_back_the_line(self) -> None:
        result = cleaned(line("1", quantity=2), line("2", quantity=-2, at="2026-01-06"))
        assert quantities(result) == []
        assert outcome(result) == (0, 2, {})

    def test_a_part_leaves_the_rest(self) -> None:
        result = cleaned(line("1", quantity=5), line("2", quantity=-2, at="2026-01-06"))
        assert quantities(result) == [("1", "tea", 3)]
        assert outcome(result) == (1, 1, {})

    def test_the_latest_line_goes_first(self) -> None:
        result = cleaned(
            line("1", quantity=2, at="2026-01-01"),
            line("2", quantity=2, at="2026-01-02"),
            line("3", quantity=-3, at="2026-01-03"),
        )
        assert quantities(result) == [("1", "tea", 1)]
        assert outcome(result) == (1, 2, {})

    def test_what_is_bought_later_stays(self) -> None:
        result = cleaned(line("1", quantity=-1, at="2026-01-01"), line("2", at="2026-01-02"))
        assert outcome(result) == (1, 0, {"unmatched_return": 1})

    def test_a_purchase_of_the_same_moment_is_taken_back(self) -> None:
        assert outcome(cleaned(line("2", quantity=-1), line("1"))) == (0, 2, {})

    def test_more_than_there_is_takes_all_there_is(self) -> None:
        assert outcome(cleaned(line("1"), line("2", quantity=-9, at="2026-01-06"))) == (0, 2, {})

    @pytest.mark.parametrize("other", [{"customer": "bob"}, {"product": "milk"}, {"customer": None}])
    def test_others_keep_theirs(self, other: dict[str, Any]) -> None:
        result = cleaned(line("1"), line("2", quantity=-1, at="2026-01-06", **other))
        assert outcome(result) == (1, 0, {"unmatched_return": 1})

    def test_a_guest_is_known_within_one_order(self) -> None:
        result = cleaned(
            line("1", customer=None, quantity=2),
            line("1", customer=None, quantity=-1, at="2026-01-06"),
            line("2", customer=None, quantity=-1, at="2026-01-06"),
        )
        assert quantities(result) == [("1", "tea", 1)]
        assert outcome(result) == (1, 1, {"unmatched_return": 1})

    def test_weights_leave_no_crumbs(self) -> None:
        lines = [line(str(n), quantity=0.1, at=f"2026-01-0{n}") for n in (1, 2, 3)]
        assert quantities(cleaned(*lines, line("9", quantity=-0.3, at="2026-01-09"))) == []

    def test_a_refunded_line_below_zero_is_a_return(self) -> None:
        result = cleaned(line("1"), line("1", quantity=-1, at="2026-01-06", status="refunded"))
        assert outcome(result) == (0, 2, {})


class TestUsable:
    accounting = Accounting(100, kept=90, merged=3, ignored={"cancelled": 2}, quarantined={"bad_quantity": 5})

    def test_the_allowed_share_itself_is_allowed(self) -> None:
        self.accounting.require_usable(max_quarantined=0.05)

    def test_above_it_is_refused(self) -> None:
        with pytest.raises(InputRefused, match=r"5 of 100 order rows are quarantined \(bad_quantity 5\)"):
            self.accounting.require_usable(max_quarantined=0.0499)

    def test_nothing_left(self) -> None:
        with pytest.raises(InputRefused, match="none of the 1 order rows is a purchase: cancelled 1"):
            cleaned(line(status="cancelled")).accounting.require_usable(max_quarantined=0.05)

    def test_a_sum_that_does_not_hold_is_told(self) -> None:
        with pytest.raises(AssertionError, match="7 rows were read, but 6 are accounted for"):
            Accounting(7, kept=6, merged=0, ignored={}, quarantined={}).check()


any_line = st.builds(
    line,
    order=st.sampled_from("123"),
    customer=st.sampled_from(["ann", "bob", None]),
    product=st.sampled_from(["tea", "milk"]),
    quantity=st.sampled_from([-3, -2, -1, 0, 1, 2, 0.5]),
    price=st.sampled_from([0.0, 2.5]),
    at=st.dates(datetime(2026, 1, 1).date(), datetime(2026, 1, 4).date()).map(str),
    status=st.sampled_from([None, "completed", "pending", "cancelled", "refunded"]),
    ignored=st.sampled_from([None, None, None, "not_a_product"]),
    title=st.sampled_from([None, "Tea", "Milk"]),
)
any_lines = st.lists(any_line, max_size=25)
some_time = st.none() | st.integers(1_767_225_600, 1_767_571_200)


@given(any_lines, some_time)
def test_every_row_is_accounted_for(lines: list[dict[str, Any]], as_of: int | None) -> None:
    result = clean(staged(lines), as_of=as_of)
    result.accounting.check()
    assert result.accounting.read == len(lines)
    assert result.accounting.kept == result.lines.height


@given(any_lines)
def test_returns_leave_no_negative_quantity_and_add_nothing(lines: list[dict[str, Any]]) -> None:
    result = clean(staged(lines)).lines
    assert (result[c.QUANTITY] > 0).all()
    bought = sum(row[c.QUANTITY] for row in lines if row[c.QUANTITY] > 0)
    assert result[c.QUANTITY].sum() <= bought


@given(any_lines, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(lines: list[dict[str, Any]], random: random.Random) -> None:
    shuffled = random.sample(lines, len(lines))
    one, other = (clean(staged(some)) for some in (lines, shuffled))
    assert one.accounting == other.accounting
    facts = [name for name in one.lines.columns if name != c.LINE]
    assert one.lines.select(facts).equals(other.lines.select(facts))


@given(any_lines)
def test_reading_everything_twice_changes_nothing(lines: list[dict[str, Any]]) -> None:
    once, twice = clean(staged(lines)), clean(staged(lines * 2))
    facts = [name for name in once.lines.columns if name != c.LINE]
    assert once.lines.select(facts).equals(twice.lines.select(facts))
    assert once.accounting.ignored == twice.accounting.ignored


@needs_shared
def test_online_retail_is_accounted_for_to_the_row() -> None:
    result = clean(read_orders([str(SHARED / "data" / "online-retail" / "orders.parquet")]))
    assert result.accounting == Accounting(
        read=451_127,
        kept=432_262,
        merged=12_823,
        ignored={"not_a_product": 2_683, "stock_adjustment": 2_199, "unmatched_return": 1_160},
        quarantined={},
    )
    assert result.lines.select(pl.col(c.PRODUCT_ID).str.contains(r"^\d{5}")).to_series().all()
    assert not result.lines.select(pl.col(c.TITLE).str.contains("(?i)postage|carriage$")).to_series().any()
