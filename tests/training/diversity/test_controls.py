"""The controls on a small shop, where evaluation has to judge what is published."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.builders import interactions, line
from tests.training.shop import write_orders
from training.cleaning import clean
from training.diversity import Controls, DiversityConfig
from training.fitting import FittedModels, fit_models
from training.interactions import Interactions
from training.item_attributes import ItemAttributes, item_attributes
from training.model_config import ModelConfig
from training.ranking import CustomerRanking
from training.reading import read_orders

ALL_ON = DiversityConfig(max_per_category=2, page_length=6, mmr=0.8, calibration=0.2, tail_exposure=0.2)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Interactions:
    path: Path = write_orders(tmp_path_factory.mktemp("shop") / "orders.parquet", customers=40)
    return Interactions.from_lines(clean(read_orders([str(path)])).lines)


@pytest.fixture(scope="module")
def fitted(shop: Interactions) -> FittedModels:
    return fit_models(shop, ModelConfig(als_factors=8, als_iterations=2, neighbours=20))


def attributes(shop: Interactions) -> ItemAttributes:
    """The taste of a product, which its id begins with, is its category."""
    return item_attributes([{"title": one, "category": one.split("-")[0]} for one in shop.products])


def test_evaluation_judges_the_lists_that_are_published(shop: Interactions, fitted: FittedModels):
    controls = Controls(ALL_ON, attributes(shop), list_length=30)
    users = np.arange(20)
    everything = np.ones(len(shop.products), dtype=bool)
    ranking = CustomerRanking(fitted, "blend", 30, everything, controls.diversifier(shop))
    published, _ = ranking.rank(users)
    judged = controls.applied_to(fitted, shop).lists("blend", users, 10, fitted.user_items[users])
    assert (judged["all"] == published["for_you"].products[:, :10]).all()
    assert (judged["new"] == published["discover"].products[:, :10]).all()
    assert (judged["again"] == published["buy_it_again"].products[:, :10]).all()


def test_the_controls_change_for_you_and_discover_and_nothing_else(shop: Interactions, fitted: FittedModels):
    controls = Controls(ALL_ON, attributes(shop), list_length=30)
    users, bought = np.arange(20), fitted.user_items[:20]
    plain = fitted.lists("blend", users, 10, bought)
    judged = controls.applied_to(fitted, shop)
    changed = judged.lists("blend", users, 10, bought)
    assert (changed["all"] != plain["all"]).any()
    assert (changed["new"] != plain["new"]).any()
    assert (changed["again"] == plain["again"]).all()
    for name in ("most_bought", "fixed_blend"):
        theirs, ours = (rankers.lists(name, users, 10, bought)["all"] for rankers in (fitted, judged))
        assert (theirs == ours).all(), name


def test_without_any_control_nothing_is_done(shop: Interactions, fitted: FittedModels):
    controls = Controls(DiversityConfig(), attributes(shop), list_length=30)
    assert controls.applied_to(fitted, shop) is fitted


def test_tastes_are_the_shares_of_orders_by_category():
    orders = interactions(
        line("1", "ann", "tea"), line("2", "ann", "tea"), line("3", "ann", "tea"), line("3", "ann", "mug")
    )
    told = item_attributes([{"title": "Mug", "category": "Kitchen"}, {"title": "Tea", "category": "Food"}])
    calibrated = DiversityConfig(calibration=0.9)
    diversifier = Controls(calibrated, told, list_length=2).diversifier(orders)
    assert diversifier.category_counts.toarray().tolist() == [[3, 1]]
    assert told.category_names == ("Food", "Kitchen")


def test_products_that_nobody_bought_are_of_the_long_tail():
    orders = interactions(line("1", "ann", "mug"), line("2", "bob", "mug"))
    told = item_attributes([{"title": "Mug"}, {"title": "Pot"}])
    floor = DiversityConfig(tail_exposure=0.5)
    assert Controls(floor, told, list_length=2).diversifier(orders).is_tail.tolist() == [False, True]


def test_what_can_do_nothing_without_categories_is_told():
    nothing_told = item_attributes([{"title": "Mug"}])
    told = item_attributes([{"title": "Mug", "category": "Kitchen"}])
    both = DiversityConfig(max_per_category=1, calibration=0.5)
    assert Controls(both, nothing_told, 10).notes() == (
        "diversity.max_per_category and diversity.calibration can do nothing: "
        "the catalogue tells no categories",
    )
    assert Controls(both, told, 10).notes() == ()
    assert Controls(replace(both, max_per_category=0, calibration=0), nothing_told, 10).notes() == ()
