from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tests.builders import interactions, line
from training.cadence import due_again
from training.interactions import Interactions

START = datetime(2026, 1, 1, tzinfo=UTC)


def bought_every(days: int, product: str, last_days_ago: int, customers: str, until: int = 300) -> list[dict]:
    """Lines of customers who bought a product every so many days, the last so long before day `until`."""
    ages = range(last_days_ago, until + 1, days)
    return [
        line(
            f"{customer}-{product}-{age}", customer, product, at=(START + timedelta(until - age)).isoformat()
        )
        for customer in customers.split()
        for age in ages
    ]


def chance(orders: Interactions, customer: str, product: str, days: float) -> float:
    found = due_again(orders, days).toarray()
    row, column = list(orders.customers).index(customer), list(orders.products).index(product)
    return float(found[row, column])


CROWD = " ".join(f"c{n:02}" for n in range(60))
"""Enough customers to tell a product's cadence by."""


def shop(*more: dict, until: int = 300) -> Interactions:
    """Everybody buys milk every 7 days and soap every 30; `now` is day `until`."""
    end = line("end", None, "bag", at=(START + timedelta(until)).isoformat())
    milk, soap = bought_every(7, "milk", 3, CROWD, until), bought_every(30, "soap", 12, CROWD, until)
    return interactions(*milk, *soap, *more, end)


def test_a_monthly_product_is_due_after_a_month_not_after_a_day() -> None:
    orders = shop(*bought_every(30, "soap", 29, "due"), *bought_every(30, "soap", 1, "stocked"))
    assert chance(orders, "due", "soap", days=7) > 2 * chance(orders, "stocked", "soap", days=7)
    assert chance(orders, "due", "soap", days=7) > 0.5


def test_one_customers_due_product_ranks_above_the_same_customers_other() -> None:
    other = bought_every(30, "salt", 14, CROWD)
    orders = shop(*other, *bought_every(30, "soap", 29, "ann"), *bought_every(30, "salt", 1, "ann"))
    assert chance(orders, "ann", "soap", days=7) > chance(orders, "ann", "salt", days=7)


def test_a_weekly_product_is_due_sooner_than_a_monthly_one_bought_on_the_same_day() -> None:
    orders = shop(*bought_every(7, "milk", 5, "ann"), *bought_every(30, "soap", 5, "ann"))
    assert chance(orders, "ann", "milk", days=4) > 0.5 > chance(orders, "ann", "soap", days=4)


def test_what_nobody_comes_back_for_is_due_for_nobody() -> None:
    lamps = [line(f"{c}-lamp", c, "lamp", at=(START + timedelta(10)).isoformat()) for c in CROWD.split()]
    orders = shop(*lamps)
    found = due_again(orders, 31).toarray()[:, list(orders.products).index("lamp")]
    assert (found > 0).all()
    assert found.max() < 0.02


def test_who_came_back_often_is_likelier_to_again_than_who_bought_once() -> None:
    orders = shop(*bought_every(14, "tea", 14, "often"), line("x", "once", "tea", at="2026-10-14"))
    assert chance(orders, "often", "tea", days=14) > 1.5 * chance(orders, "once", "tea", days=14)


def test_the_chance_grows_with_the_horizon_and_stays_one() -> None:
    found = [chance(shop(), "c00", "milk", days) for days in (1, 3, 7, 31, 3650)]
    assert found == sorted(found)
    assert 0 < found[0] < found[-1] <= 1


def test_the_chances_add_up_to_the_purchases_that_came() -> None:
    """Customers with rates of their own, memoryless: the chances before a cut against what came after it."""
    rng = np.random.default_rng(3)
    days = 400
    lines = []
    for customer in range(300):
        rate = rng.gamma(2, 0.01)
        for n, day in enumerate(np.flatnonzero(rng.random(days) < rate)):
            at = (START + timedelta(int(day))).isoformat()
            lines.append(line(f"{customer}-{n}", f"c{customer}", "tea", at=at))
    orders = interactions(*lines)
    cut = int((START + timedelta(days - 40)).timestamp())
    before = orders.before(cut)
    chances = due_again(before, 40)
    came = np.unique(orders.since(cut).customer)
    expected, seen = chances.sum(), np.isin(chances.tocoo().row, came).sum()
    deviation = np.sqrt((chances.data * (1 - chances.data)).sum())
    assert abs(expected - seen) < 3 * deviation


def test_each_purchased_product_has_a_chance_guests_none_and_the_same_orders_the_same() -> None:
    orders = shop(line("g", None, "milk", at="2026-02-01"))
    found = due_again(orders, 31)
    assert found.dtype == np.float32
    assert found.nnz == 2 * len(CROWD.split())
    np.testing.assert_array_equal(due_again(orders, 31).toarray(), found.toarray())


@pytest.mark.parametrize("lines", [[line("1", None, "tea")], [line("1", "ann", "tea")]])
def test_the_smallest_histories(lines: list[dict]) -> None:
    orders = interactions(*lines)
    found = due_again(orders, 31)
    assert found.shape == (len(orders.customers), 1)
    assert ((found.data > 0) & (found.data <= 1)).all()
