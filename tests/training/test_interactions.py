"""Order lines as integers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import cleaned, interactions, line
from training import columns as c
from training.interactions import GUEST, Interactions


def seconds(time: str) -> int:
    return int(datetime.fromisoformat(time).replace(tzinfo=UTC).timestamp())


def test_ids_become_positions_among_sorted_ids() -> None:
    found = interactions(
        line("1", customer="bob", product="tea", at="2026-01-02"),
        line("2", customer="ann", product="milk", at="2026-01-01"),
        line("3", customer=None, product="tea", at="2026-01-03"),
    )
    assert found.customers.tolist() == ["ann", "bob"]
    assert found.products.tolist() == ["milk", "tea"]
    assert found.customer.tolist() == [0, 1, GUEST]
    assert found.product.tolist() == [0, 1, 1]
    assert found.order.tolist() == [0, 1, 2]
    assert found.ordered_at.tolist() == [seconds(f"2026-01-0{day}") for day in (1, 2, 3)]
    assert (found.customer.dtype, found.ordered_at.dtype, found.quantity.dtype) == (
        np.int32,
        np.int64,
        np.float32,
    )


def test_quantities_of_one_product_in_one_order_add_up() -> None:
    found = interactions(line(quantity=1), line(quantity=2, price=2.0), line(product="milk"))
    assert found.products[found.product].tolist() == ["milk", "tea"]
    assert found.quantity.tolist() == [1.0, 3.0]
    assert found.n_orders == 1


def test_an_order_number_used_by_two_customers_is_two_orders() -> None:
    found = interactions(line("1", customer="ann"), line("1", customer="bob"))
    assert found.customers[found.customer].tolist() == ["ann", "bob"]
    assert found.n_orders == 2


def test_now_is_the_last_order_or_as_told() -> None:
    lines = cleaned(line(at="2026-01-05"), line("2", at="2026-01-07")).lines
    assert Interactions.from_lines(lines).now == seconds("2026-01-07")
    told = Interactions.from_lines(lines, now=seconds("2026-01-09"))
    assert told.age_days.tolist() == [4.0, 2.0]


def test_no_lines_at_all() -> None:
    found = interactions()
    assert (len(found), len(found.customers), len(found.products), found.n_orders, found.now) == (
        0,
        0,
        0,
        0,
        0,
    )


def test_before_and_since_share_the_rows_between_them() -> None:
    found = interactions(*(line(str(day), at=f"2026-01-0{day}") for day in (1, 2, 3)))
    cut = seconds("2026-01-02")
    assert found.before(cut).ordered_at.tolist() == [seconds("2026-01-01")]
    assert found.before(cut).now == cut
    assert found.since(cut).ordered_at.tolist() == [cut, seconds("2026-01-03")]
    assert found.since(cut).now == found.now


def test_the_price_of_a_product_is_the_mean_over_its_units() -> None:
    found = interactions(
        line("1", product="tea", quantity=1, price=4),
        line("1", product="tea", quantity=3, price=2),
        line("1", product="jam", price=1.25),
    )
    assert dict(zip(found.products[found.product], found.unit_price.tolist(), strict=True)) == {
        "tea": 2.5, "jam": 1.25,
    }  # fmt: skip


def test_known_leaves_out_guests() -> None:
    found = interactions(line("1"), line("2", customer=None))
    assert found.known().customer.tolist() == [0]


def test_rows_out_of_time_are_refused() -> None:
    found = interactions(line("1", at="2026-01-01"), line("2", at="2026-01-02"))
    with pytest.raises(ValueError, match="oldest to newest"):
        Interactions(
            found.customers, found.products, found.customer, found.product, found.order,
            found.ordered_at[::-1], found.quantity, found.unit_price, found.now,
        )  # fmt: skip


any_line = st.builds(
    line,
    order=st.sampled_from("123"),
    customer=st.sampled_from(["ann", "bob", None]),
    product=st.sampled_from(["tea", "jam", "mug"]),
    quantity=st.sampled_from([-1, 1, 2]),
    at=st.sampled_from(
        ["2026-01-05T10:00:00.7", "2026-01-05T10:00:00.2", "2026-01-05T10:00:01", "2026-01-04"]
    ),
)


@given(st.lists(any_line, max_size=20), st.randoms(use_true_random=False))
def test_rows_are_as_written_out_by_hand(lines: list[dict[str, Any]], random) -> None:
    orders = cleaned(*lines)
    units: dict[tuple[str, str, str], float] = {}
    first: dict[tuple[str, str, str], int] = {}
    for row in orders.lines.to_dicts():
        key = row[c.ORDER_ID], row[c.CUSTOMER_ID] or "", row[c.PRODUCT_ID]
        units[key] = units.get(key, 0) + row[c.QUANTITY]
        at = int(row[c.ORDERED_AT].timestamp())
        first[key] = min(at, first.get(key, at))
    expected = sorted((at, *key) for key, at in first.items())
    numbers = list(dict.fromkeys(row[1:3] for row in expected))
    mixed = orders.lines.sample(fraction=1, shuffle=True, seed=random.randrange(1_000))
    for found in (Interactions.from_clean(orders), Interactions.from_lines(mixed, None, orders.customers)):
        names = [*found.customers, ""]
        customer = [names[number] for number in found.customer]
        product = found.products[found.product].tolist()
        assert list(zip(found.ordered_at.tolist(), customer, product, strict=True)) == [
            (at, of, what) for at, _, of, what in expected
        ]
        assert found.order.tolist() == [numbers.index(row[1:3]) for row in expected]
        assert found.quantity.tolist() == [units[row[1:]] for row in expected]
        assert found.customers.tolist() == orders.customers.to_list()
        assert found.products.tolist() == sorted({row[3] for row in expected})


def test_customers_who_gave_everything_back_are_customers_all_the_same() -> None:
    orders = cleaned(line(), line("2", quantity=-1, at="2026-01-06"), line("3", customer="bob"))
    assert Interactions.from_clean(orders).customers.tolist() == ["ann", "bob"]
