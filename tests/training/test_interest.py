"""What visitors looked at: worth what is configured, once a day, in the matrices that learn from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.item_knn import ItemKNN
from tests.builders import interactions, line
from tests.training.event_archives import archive, event
from training.events_config import EventsConfig
from training.first_stage import fit_first_stage
from training.fitting import fit_models
from training.interactions import Interactions
from training.interest import Interest
from training.matrix import order_counts, with_interest, with_strangers
from training.model_config import ModelConfig
from training.visitor_events import read_visitor_events

WORTH = EventsConfig(view=0.25, cart=0.5, purchase=1)
FOREVER = 1e9
"""A half-life in days: nothing fades."""


def shop() -> Interactions:
    """Products in order: cup, pot, tea. Customers: ann, bob."""
    return interactions(
        line("1", "ann", "tea"), line("2", "bob", "cup"), line("3", "bob", "pot", at="2026-01-06")
    )


def visited(folder: Path, orders: Interactions, *events: dict, worth: EventsConfig = WORTH) -> Interactions:
    found = read_visitor_events(archive(folder / "events", *events), {})
    return orders.with_interest(Interest.of(found, orders.customers, orders.products, worth))


def test_views_carts_and_purchases_without_an_order_are_worth_what_is_configured(tmp_path: Path) -> None:
    orders = visited(
        tmp_path,
        shop(),
        event("view", "v1", "cup", customer_id="ann"),
        event("add_to_cart", "v1", "cup", customer_id="ann"),
        event("purchase", "v1", "pot", customer_id="ann"),
        event("purchase", "v1", "pot", customer_id="ann", order_id="9"),
    )
    found = with_interest(order_counts(orders), orders, FOREVER).toarray()
    assert found.tolist() == [[0.75, 1, 1], [1, 1, 0]]


def test_a_visitor_counts_once_a_product_and_day(tmp_path: Path) -> None:
    views = [event("view", "v1", "cup", f"2026-01-05T{hour:02}:00", customer_id="ann") for hour in range(9)]
    orders = visited(tmp_path, shop(), *views, event("click", "v1", "cup", "2026-01-06", customer_id="ann"))
    assert with_interest(order_counts(orders), orders, FOREVER)[0, 0] == 0.5


def test_interest_fades_and_only_what_came_before_a_cut_is_known_there(tmp_path: Path) -> None:
    orders = visited(
        tmp_path,
        shop(),
        event("view", "v1", "cup", "2026-01-05", customer_id="ann"),
        event("view", "v1", "pot", "2026-01-06", customer_id="ann"),
    )
    found = with_interest(order_counts(orders), orders, half_life_days=1)
    assert found[0].toarray().tolist() == [[0.125, 0.25, 1]]
    earlier = orders.before(orders.now)
    assert with_interest(order_counts(earlier), earlier, 1)[0].toarray().tolist() == [[0.125, 0, 1]]


def test_strangers_are_rows_of_their_own_below_the_customers(tmp_path: Path) -> None:
    orders = visited(
        tmp_path,
        shop(),
        event("view", "v1", "cup"),
        event("view", "v1", "pot"),
        event("view", "v2", "pot", customer_id="never bought"),
        event("view", "v3", "no such product"),
    )
    counts = order_counts(orders)
    found = with_strangers(counts, orders, FOREVER).toarray()
    assert found[:2].tolist() == counts.toarray().tolist()
    assert found[2:].tolist() == [[0.25, 0.25, 0], [0, 0.25, 0]]


def test_what_is_worth_nothing_is_left_out(tmp_path: Path) -> None:
    orders = visited(tmp_path, shop(), event("view", "v1", "cup"), worth=replace(WORTH, view=0))
    assert orders.interest is not None
    assert len(orders.interest) == 0


@pytest.fixture
def crowd() -> Interactions:
    """The even customers bought tea and cups, the odd ones oil and lamps; Zoe bought tea only."""
    pairs = [("tea", "cup"), ("oil", "lamp")]
    rows = [line(f"{n}{p}", f"c{n:02}", p) for n in range(30) for p in pairs[n % 2]]
    return interactions(*rows, line("x", "zoe", "tea"))


def test_what_a_customer_looked_at_moves_als_ease_and_related_but_no_counts(
    tmp_path: Path, crowd: Interactions
) -> None:
    config = ModelConfig(als_factors=4, neighbours=10)
    looking = visited(tmp_path, crowd, event("add_to_cart", "v1", "oil", customer_id="zoe"))
    plain, moved = fit_first_stage(crowd, config), fit_first_stage(looking, config)
    zoe, lamp = np.array([len(crowd.customers) - 1]), crowd.products.tolist().index("lamp")
    for name in ("als", "ease", "related"):
        before, after = (stage.models[name].score(zoe)[0, lamp] for stage in (plain, moved))
        assert after > before, name
    for name in ("most_bought", "popular", "personal"):
        np.testing.assert_array_equal(plain.models[name].score(zoe), moved.models[name].score(zoe))
    np.testing.assert_array_equal(plain.user_items.toarray(), moved.user_items.toarray())


def test_what_strangers_looked_at_together_is_similar(tmp_path: Path, crowd: Interactions) -> None:
    views = [event("view", f"v{n}", product) for n in range(40) for product in ("cup", "lamp")]
    looking = visited(tmp_path, crowd, *views, worth=replace(WORTH, view=1))
    config = ModelConfig(profile="quick", als_factors=4, neighbours=10, damping=0)
    cup, lamp = (crowd.products.tolist().index(name) for name in ("cup", "lamp"))
    assert fit_models(crowd, config).similar.matrix[cup, lamp] == 0
    fitted = fit_models(looking, config)
    assert fitted.similar.matrix[cup, lamp] > 0
    related = fitted.models["related"]
    assert isinstance(related, ItemKNN)
    assert related.similarity[cup, lamp] > 0
    assert related.user_items.shape == fitted.user_items.shape
