from __future__ import annotations

import numpy as np
import pytest

from tests.builders import interactions, line
from training.features.products import product_facts
from training.interactions import Interactions
from training.matrix import order_counts


def facts_of(orders: Interactions, product: str) -> dict[str, float]:
    facts = product_facts(orders, order_counts(orders))
    at = orders.products.tolist().index(product)
    return {name: float(values[at]) for name, values in facts.items()}


def test_sales_over_the_last_days_guests_included() -> None:
    orders = interactions(
        line("1", "ann", "tea", quantity=2, price=3, at="2026-01-01"),
        line("2", None, "tea", price=4, at="2026-02-20"),
        line("3", "bob", "tea", price=5, at="2026-02-28"),
        line("4", "bob", "cup", at="2026-03-01"),
    )
    tea = facts_of(orders, "tea")
    assert [tea[f"product_sales_{span}_days"] for span in (7, 14, 31, 91, 366)] == [1, 2, 2, 3, 3]
    assert tea["product_buyers"] == 2
    assert tea["product_days_since_first_sale"] == 59
    assert tea["product_days_since_last_sale"] == 1
    assert tea["product_quantity"] == pytest.approx(4 / 3)
    assert tea["product_price"] == pytest.approx(np.log1p(5)), "the latest"


def test_what_sells_more_lately_rises() -> None:
    daily = [line(f"s{day}", None, "steady", at=f"2026-01-{day:02}") for day in range(1, 32)]
    lately = [line(f"r{n}", None, "rising", at="2026-01-30") for n in range(31)]
    orders = interactions(*daily, *lately)
    steady, rising = facts_of(orders, "steady"), facts_of(orders, "rising")
    assert steady["product_rise_7_days"] == pytest.approx(1, abs=0.15)
    assert rising["product_rise_14_days"] > 1.8
    assert rising["product_trend"] > 2 * steady["product_trend"]


def test_a_product_without_a_price_has_none() -> None:
    assert np.isnan(facts_of(interactions(line("1", "ann", "tea", price=0)), "tea")["product_price"])
