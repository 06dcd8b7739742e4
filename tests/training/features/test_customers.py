from __future__ import annotations

import numpy as np
import pytest

from tests.builders import interactions, line
from training.features.customers import customer_facts
from training.matrix import order_counts


def test_a_customer_of_three_orders() -> None:
    orders = interactions(
        line("1", "ann", "tea", price=1, at="2026-01-01"),
        line("2", "ann", "tea", price=1, at="2026-01-11"),
        line("2", "ann", "cup", price=7, at="2026-01-11"),
        line("3", "ann", "tea", price=1, at="2026-01-21"),
        line("4", None, "jam", at="2026-01-31"),
    )
    facts = customer_facts(orders.known(), order_counts(orders))
    assert {name: float(values[0]) for name, values in facts.items()} == {
        "customer_orders": 3,
        "customer_products": 2,
        "customer_days_since_first_order": 30,
        "customer_days_since_last_order": 10,
        "customer_days_between_orders": 10,
        "customer_basket_size": pytest.approx(4 / 3),
        "customer_repeat_share": 0.5,
        "customer_price": pytest.approx((3 * np.log(2) + np.log(8)) / 4),
    }
