"""Each model finds what was planted for it to find; where purchases are shuffled, no more than chance.

A finding is the share of pairs of products that are ranked in the right order, ties counting half. What
chance would give is computed from the same lists, by dealing the labels anew many times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from models.content import ContentKNN
from tests.training.planted_shop import N_SOLD, Labels, PlantedShop
from training.comparison_models import COMPARISON_MODELS
from training.fitting import FittedModels, fit_models
from training.item_attributes import item_attributes
from training.matrix import order_counts
from training.model_config import ModelConfig
from training.views import View, listed

CONFIG = ModelConfig(als_factors=16, als_iterations=10, rerank_steps=3, rerank_rounds=60)


@dataclass(frozen=True)
class Structure:
    """Something planted: its labels, the view it is found in, and how labels are dealt anew."""

    labels: Callable[[PlantedShop], Labels]
    view: View
    dealt: Callable[[Labels, np.random.Generator], Labels]


TASTE = Structure(lambda shop: shop.taste_labels, "new", Labels.between_others)
HABIT = Structure(lambda shop: shop.habit_labels, "all", Labels.between_others)
CADENCE = Structure(lambda shop: shop.cadence_labels, "all", Labels.between_others)
SEASON = Structure(lambda shop: shop.season_labels, "new", Labels.of_others)
UNSOLD = Structure(lambda shop: shop.unsold_labels, "new", Labels.between_others)

FINDS: dict[str, tuple[Structure, ...]] = {
    "blend": (TASTE, HABIT, CADENCE, SEASON),
    "fixed_blend": (TASTE, HABIT, SEASON),
    "most_bought": (HABIT,),
    "popular": (SEASON,),
    "rising": (SEASON,),
    "personal": (HABIT,),
    "due_again": (HABIT, CADENCE),
    "tifu_knn": (TASTE, HABIT),
    "up_cf": (TASTE, HABIT),
}
"""What a model can know. One that is not named here learns from others: it finds tastes."""

PUBLISHED = (
    "blend",
    "fixed_blend",
    "most_bought",
    "popular",
    "personal",
    "als",
    "related",
    "ease",
    "transition",
)
NAMES = (*PUBLISHED, *COMPARISON_MODELS)
CASES = [
    pytest.param(name, structure, id=f"{name}-{number}")
    for name in NAMES
    for number, structure in enumerate(FINDS.get(name, (TASTE,)))
]


class Judged:
    """A shop, all models fitted on it, and where each model ranks each product for each customer."""

    def __init__(self, shop: PlantedShop) -> None:
        self.shop = shop
        self.fitted: FittedModels = fit_models(shop.interactions, CONFIG)
        self.bought = order_counts(shop.interactions)
        self.comparison = {
            name: fit(shop.interactions, self.bought) for name, fit in COMPARISON_MODELS.items()
        }

    def positions(self, name: str, view: View) -> np.ndarray:
        users = np.arange(self.bought.shape[0])
        if name in self.fitted.names:
            lists = self.fitted.lists(name, users, N_SOLD, self.bought)[view]
        else:
            lists = listed(self.comparison[name].score(users), view, N_SOLD, self.bought)
        return positions(lists, N_SOLD)


def positions(lists: np.ndarray, n_items: int) -> np.ndarray:
    """(users, items): where each item stands on the user's list, all that are not listed at its end."""
    row, rank = np.nonzero(lists >= 0)
    found = np.full((len(lists), n_items), n_items)
    found[row, lists[row, rank]] = rank
    return found


@dataclass(frozen=True)
class Finding:
    """Share of pairs in the right order, and what dealing the labels anew gives: mean, standard deviation."""

    share: float
    chance: float
    deviation: float

    @classmethod
    def of(cls, position: np.ndarray, labels: Labels, structure: Structure, listable: np.ndarray) -> Finding:
        ahead = np.sign(position[:, None, :] - position[:, :, None]).astype(np.float32) / 2 + 0.5
        rng = np.random.default_rng(0)
        dealt = [_share(ahead, structure.dealt(labels, rng), listable) for _ in range(60)]
        return cls(_share(ahead, labels, listable), float(np.mean(dealt)), float(np.std(dealt)))


def _share(ahead: np.ndarray, labels: Labels, listable: np.ndarray) -> float:
    better, worse = ((side & listable).astype(np.float32) for side in (labels.better, labels.worse))
    right = (better[:, None, :] @ ahead @ worse[:, :, None]).sum()
    return float(right / (better.sum(axis=1) * worse.sum(axis=1)).sum())


@pytest.fixture(scope="module")
def planted() -> Judged:
    return Judged(PlantedShop.planted())


@pytest.fixture(scope="module")
def shuffled() -> Judged:
    return Judged(PlantedShop.planted().shuffled())


def finding(judged: Judged, name: str, structure: Structure) -> Finding:
    listable = np.ones((judged.bought.shape[0], N_SOLD), dtype=bool)
    if structure.view == "new":
        listable = judged.bought.toarray() == 0
    position = judged.positions(name, structure.view)
    return Finding.of(position, structure.labels(judged.shop), structure, listable)


@pytest.mark.parametrize("name, structure", CASES)
def test_what_is_planted_is_found(planted: Judged, name: str, structure: Structure) -> None:
    found = finding(planted, name, structure)
    assert found.share > 0.9
    assert found.share > found.chance + 4 * found.deviation


@pytest.mark.parametrize("name, structure", CASES)
def test_shuffled_purchases_give_chance(shuffled: Judged, name: str, structure: Structure) -> None:
    found = finding(shuffled, name, structure)
    assert abs(found.share - found.chance) < 4 * found.deviation


def test_all_models_are_judged(planted: Judged) -> None:
    assert planted.fitted.blend.name == "two_stage", "the shop is large enough to learn from"
    assert set(NAMES) == {*planted.fitted.names, *COMPARISON_MODELS}


def content_finding(judged: Judged) -> Finding:
    shop = judged.shop
    tokens = item_attributes(shop.records).tokens
    history = csr_matrix(
        (judged.bought.data, judged.bought.indices, judged.bought.indptr),
        shape=(judged.bought.shape[0], len(shop.records)),
    )
    scores = ContentKNN(tokens).fit(history).score(np.arange(history.shape[0]))
    lists = listed(scores, "new", len(shop.records), history)
    position = positions(lists, len(shop.records))
    everything = np.ones(position.shape, dtype=bool)
    return Finding.of(position, shop.unsold_labels, UNSOLD, everything)


def test_content_finds_the_taste_among_products_that_nobody_bought_yet(planted: Judged) -> None:
    found = content_finding(planted)
    assert found.share > 0.9
    assert found.share > found.chance + 4 * found.deviation


def test_content_finds_no_taste_where_purchases_are_shuffled(shuffled: Judged) -> None:
    found = content_finding(shuffled)
    assert abs(found.share - found.chance) < 4 * found.deviation
