"""The first stage: the models that name candidates and describe them, fitted on one history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from models.als import ALS
from models.base import FitError, Recommender
from models.blend import Blend
from models.content import GivenNeighbours
from models.ease import EASE
from models.item_knn import BM25KNN, ItemKNN
from models.linear_transition import LinearTransition
from models.most_bought import MostBought
from models.personal import PersonalFrequency
from models.popularity import Popularity
from training.batches import user_batches
from training.candidates import Candidates, CandidateSources
from training.errors import UsageError
from training.features.table import FeatureTable
from training.interactions import SECONDS_PER_DAY, Interactions
from training.matrix import (
    confidence,
    decayed_counts,
    demand_trend,
    habits,
    log_scaled,
    order_counts,
    purchases,
    with_interest,
    with_strangers,
)
from training.model_config import ModelConfig
from training.progress import Progress, silent

NOTHING = np.zeros(0, dtype=np.int64)

EXPLAINING = ("related", "content")
"""Models that know neighbours of products; the first one asked tells."""


@dataclass(frozen=True, eq=False)
class Described:
    """Candidates and their features.

    Attributes:
        candidates: n pairs.
        names: of the features.
        pairs: (n, features) float32; NaN where a feature has no value.
        is_new: (n,) bool, whether the customer never bought the product.
    """

    candidates: Candidates
    names: tuple[str, ...]
    pairs: np.ndarray
    is_new: np.ndarray


@dataclass(frozen=True, eq=False)
class FirstStage:
    """All that is fitted before trees come in. Users and items are numbered as in the interactions.

    Attributes:
        models: by name: `most_bought`, `popular`, `als`, `personal`, `related`; where trees learn, `ease` and
            `transition`, too, and where the products' likeness is known, `content`.
        blend: fixed weights, ranks what is likely bought next.
        discover: fixed weights without personal, ranks what is new to the customer.
        user_items: orders with the product, users × items CSR, float32: all that a customer bought.
        features: what is known of customers, products and purchases; None where nothing is learnt.
    """

    models: dict[str, Recommender]
    blend: Blend
    discover: Blend
    user_items: csr_matrix
    features: FeatureTable | None

    @property
    def sources(self) -> CandidateSources:
        """What names candidates: all but `most_bought`, which is there to compare with."""
        signals = {name: model for name, model in self.models.items() if name != "most_bought"}
        return CandidateSources(signals, self.blend, self.discover)

    def describe(self, users: np.ndarray, unavailable: np.ndarray = NOTHING, at_least: int = 0) -> Described:
        """The candidates of some customers, with all features.

        Args:
            users: row numbers of `user_items`; a batch, scores are dense.
            unavailable: item numbers that are nobody's candidates.
            at_least: candidates that the fixed blends name, so that a list of that length can be filled.
        """
        assert self.features is not None, "the quick profile describes nothing"
        candidates = self.sources.find(users, self.user_items[users], unavailable, at_least)
        features = self.features.look_up(candidates)
        pairs = np.column_stack(list(features.values())).astype(np.float32, copy=False)
        return Described(candidates, tuple(features), pairs, np.isnan(features["own_orders"]))

    def explaining_items(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Which of the customer's own products speaks most for each item by likeness; (users, k), or -1."""
        found = np.full(items.shape, -1, dtype=np.int32)
        for name in EXPLAINING:
            model = self.models.get(name)
            if isinstance(model, ItemKNN):
                found = np.where(found < 0, model.explaining_items(users, items), found)
        return found

    def batches(self, n_users: int) -> Iterator[slice]:
        """Slices of users whose dense scores by all models fit into memory."""
        return user_batches(n_users, self.user_items.shape[1])


def fit_first_stage(
    interactions: Interactions, config: ModelConfig, progress: Progress | None = None
) -> FirstStage:
    """Fit on all rows; ages count back from `interactions.now`."""
    counts = order_counts(interactions)
    models = _models(interactions, counts, config, progress or silent)
    blend, discover = fixed_blends(models, interactions, config)
    return FirstStage(
        models=models,
        blend=blend,
        discover=discover,
        user_items=counts,
        features=FeatureTable.of(interactions, counts) if config.learns else None,
    )


def _models(
    interactions: Interactions, counts: csr_matrix, config: ModelConfig, say: Progress
) -> dict[str, Recommender]:
    say("fitting most_bought, popular, personal")
    popular = Popularity().fit(decayed_counts(interactions, config.popularity_half_life_days))
    personal = PersonalFrequency().fit(
        habits(interactions, config.personal_half_life_days, config.repeat_exponent)
    )
    say("fitting als")
    als = ALS(config.als_factors, config.als_regularization, config.als_iterations, config.seed)
    try:
        als.fit(confidence(with_interest(counts, interactions, config.related_half_life_days)))
    except FitError as error:
        raise UsageError(
            f"the configuration cannot be fitted to these orders: {error}; see models.als_regularization "
            "and the other models.als_ options"
        ) from error
    say("fitting related")
    half_life = config.related_half_life_days
    recent = with_interest(decayed_counts(interactions, half_life), interactions, half_life)
    related = BM25KNN(config.neighbours, with_itself=False).fit_among(
        recent, with_strangers(recent, interactions, half_life)
    )
    models = {
        "most_bought": MostBought().fit(counts),
        "popular": popular,
        "als": als,
        "personal": personal,
        "related": related,
    }
    return models | _further_signals(interactions, config, recent, say) if config.learns else models


def _further_signals(
    interactions: Interactions, config: ModelConfig, recent: csr_matrix, say: Progress
) -> dict[str, Recommender]:
    """Models that only name and describe candidates: the fixed blend has no part of them."""
    recent = log_scaled(recent)
    say("fitting ease, transition")
    models: dict[str, Recommender] = {
        "ease": EASE(config.ease_regularization).fit(recent),
        "transition": _transition(interactions, config, recent),
    }
    if interactions.likeness is not None and interactions.likeness.neighbours.nnz:
        say("fitting content")
        models["content"] = GivenNeighbours(interactions.likeness.neighbours).fit(recent)
    return models


def _transition(interactions: Interactions, config: ModelConfig, recent: csr_matrix) -> LinearTransition:
    """From the last window, which is as long as the one that the re-ranker learns to foresee."""
    moment = interactions.now - int(config.rerank_window_days * SECONDS_PER_DAY)
    earlier, half_life = interactions.before(moment), config.related_half_life_days
    held = log_scaled(with_interest(decayed_counts(earlier, half_life), earlier, half_life))
    return LinearTransition().fit_step(recent, held, purchases(interactions.since(moment)))


def fixed_blends(
    models: dict[str, Recommender], interactions: Interactions, config: ModelConfig
) -> tuple[Blend, Blend]:
    """The fixed rankings behind `for_you` and `discover`, of models that are fitted on `interactions`."""
    trend = demand_trend(interactions, config.trend_recent_days, config.trend_usual_days)
    for_you = {
        "personal": 1.0,
        "popular": config.weight_popular,
        "als": config.weight_als,
        "related": config.weight_related,
    }
    discover = {
        "popular": config.discover_popular,
        "als": config.discover_als,
        "related": config.discover_related,
    }
    return (
        Blend({name: models[name] for name in for_you}, for_you, trend**config.trend_exponent),
        Blend({name: models[name] for name in discover}, discover, trend**config.discover_trend_exponent),
    )
