from __future__ import annotations

import numpy as np
import pytest

from tests.builders import interactions, line
from training.features.purchases import PurchaseFacts
from training.interactions import Interactions


def shop() -> Interactions:
    """Ann buys tea on the 1st, 11th and 31st of January, a cup on the 11th; now is the 31st. Bob buys jam."""
    return interactions(
        line("1", "ann", "tea", at="2026-01-01"),
        line("2", "ann", "tea", quantity=3, at="2026-01-11"),
        line("2", "ann", "cup", at="2026-01-11"),
        line("3", "bob", "jam", at="2026-01-21"),
        line("4", "ann", "tea", at="2026-01-31"),
    )


def looked_up(customer: str, product: str) -> dict[str, float]:
    orders = shop()
    user = np.array([orders.customers.tolist().index(customer)])
    item = np.array([orders.products.tolist().index(product)])
    found = PurchaseFacts.of(orders.known()).look_up(user, item)
    return {name: float(values[0]) for name, values in found.items()}


def test_what_was_bought_three_times() -> None:
    assert looked_up("ann", "tea") == {
        "own_orders": 3,
        "own_quantity": 5,
        "own_in_last_order": 1,
        "own_days_since_first": 30,
        "own_days_since_last": 0,
        "own_gap": 15,
        "own_last_gap": 20,
        "own_gaps_since_last": 0,
        "product_gap": 20,  # of 10 and 20 days, the upper median
        "product_gaps_since_last": 0,
    }


def test_what_was_bought_once_has_no_gaps() -> None:
    found = looked_up("ann", "cup")
    assert (found["own_orders"], found["own_days_since_last"], found["own_in_last_order"]) == (1, 20, 0)
    assert all(np.isnan(found[name]) for name in ("own_gap", "own_last_gap", "own_gaps_since_last"))
    assert np.isnan(found["product_gap"])


def test_what_was_never_bought_has_no_value_at_all() -> None:
    assert all(np.isnan(value) for value in looked_up("bob", "tea").values())


def test_guests_have_no_purchases_of_their_own() -> None:
    guests = interactions(line("1", None, "tea"))
    assert len(PurchaseFacts.of(guests.known()).keys) == 0


def test_nothing_is_found_where_nobody_bought_anything() -> None:
    facts = PurchaseFacts.of(interactions(line("1", None, "tea")).known())
    found = facts.look_up(np.array([0, 0]), np.array([0, 0]))
    assert found["own_orders"].shape == (2,)
    assert np.isnan(found["own_orders"]).all()


@pytest.mark.parametrize("feature", ["own_orders", "own_days_since_last"])
def test_features_are_float32(feature: str) -> None:
    facts = PurchaseFacts.of(shop().known())
    assert facts.look_up(np.array([0]), np.array([0]))[feature].dtype == np.float32
