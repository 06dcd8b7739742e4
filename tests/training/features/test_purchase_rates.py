from __future__ import annotations

import numpy as np
import pytest

from tests.builders import interactions, line
from training.features.purchase_rates import recent_purchase_rates

EARLIER = [
    line("1", "ann", "tea", at="2026-01-01"),
    line("2", "bob", "tea", at="2026-01-01"),
    line("3", "bob", "cup", at="2026-01-01"),
    line("4", "dan", "tea", at="2026-01-01"),
]
LATELY = [
    line("5", "ann", "tea", at="2026-03-01"),
    line("6", "bob", "cup", at="2026-03-02"),
    line("7", "cid", "tea", at="2026-03-03"),
]


def rates(*lines: dict[str, object]) -> dict[str, tuple[float, float]]:
    """Product → again, first time; over the last 31 days."""
    orders = interactions(*lines)
    again, first = recent_purchase_rates(orders, 31)
    return {name: (again[at], first[at]) for at, name in enumerate(orders.products.tolist())}


def test_shares_of_those_who_ordered_drawn_towards_all_products_by_five_customers() -> None:
    found = rates(*EARLIER, *LATELY)
    # Dan did not come. Of Ann and Bob, who had tea, Ann took it again; of two who had it or a cup, each took
    # one again: 2 of 3. Of the three times that somebody did not have a product, Cid took it once.
    assert found["tea"] == pytest.approx(((1 + 5 * 2 / 3) / 7, (1 + 5 / 3) / 6))
    assert found["cup"] == pytest.approx(((1 + 5 * 2 / 3) / 6, (0 + 5 / 3) / 7))


def test_guests_say_nothing() -> None:
    guests = [line(f"g{n}", None, "tea", at="2026-03-03") for n in range(9)]
    assert rates(*EARLIER, *LATELY, *guests) == rates(*EARLIER, *LATELY)


def test_without_a_past_nobody_buys_again() -> None:
    assert rates(*LATELY)["tea"][0] == 0


def test_no_orders_have_no_rates() -> None:
    orders = interactions(*EARLIER).before(0)
    again, first = recent_purchase_rates(orders, 31)
    assert np.all(again == 0)
    assert np.all(first == 0)
