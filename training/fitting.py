"""Fit every model on one history: which matrix each learns from, and with which parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import csr_matrix

from models.als import ALS
from models.base import FitError, Recommender
from models.blend import Blend
from models.item_knn import BM25KNN, CosineKNN
from models.most_bought import MostBought
from models.personal import PersonalFrequency
from models.popularity import Popularity
from training.errors import UsageError
from training.interactions import Interactions
from training.matrix import (
    baskets,
    confidence,
    decayed_counts,
    demand_trend,
    habits,
    order_counts,
    purchases,
)
from training.options import option
from training.views import View, listed

Progress = Callable[[str], None]
"""Told the name of each step as it begins."""


@dataclass(frozen=True)
class ModelConfig:
    """All parameters of all models. The defaults are the same for a grocer and for a gift shop."""

    profile: Literal["quick", "standard"] = option(
        "standard",
        "quick measures blend, most_bought, popular and als only; standard every model that is fitted.",
    )
    personal_half_life_days: float = option(
        120.0, "Age at which an order counts half in a customer's habits.", low=0.1
    )
    repeat_exponent: float = option(
        0.3, "How far a product's own rate of re-purchase strengthens habits: 0 not at all.", low=0, high=2
    )
    popularity_half_life_days: float = option(
        14.0, "Age at which an order counts half in what everybody buys.", low=0.1
    )
    related_half_life_days: float = option(
        120.0, "Age at which an order counts half in which products go with a customer's.", low=0.1
    )
    trend_recent_days: float = option(7.0, "Half-life of the recent sales in a product's trend.", low=0.1)
    trend_usual_days: float = option(60.0, "Half-life of the usual sales in a product's trend.", low=0.1)
    neighbours: int = option(100, "Neighbours kept for each product.", low=1, high=1000)
    damping: float = option(
        30.0, "Orders or customers that hold rare pairs back in similar_items and bought_together.", low=0
    )
    als_factors: int = option(64, "Length of the vectors of ALS.", low=1, high=1024)
    als_regularization: float = option(0.05, "Regularisation of ALS.", low=0)
    als_iterations: int = option(15, "Rounds of ALS.", low=1, high=200)
    weight_popular: float = option(0.3, "Of popularity in for_you; personal habits weigh 1.", low=0)
    weight_als: float = option(0.2, "Of ALS in for_you.", low=0)
    weight_related: float = option(0.1, "Of related products in for_you.", low=0)
    trend_exponent: float = option(0.25, "How far a product's trend bends for_you.", low=0, high=2)
    discover_popular: float = option(0.1, "Weight of popularity in discover.", low=0)
    discover_als: float = option(0.3, "Weight of ALS in discover.", low=0)
    discover_related: float = option(0.3, "Weight of related products in discover.", low=0)
    discover_trend_exponent: float = option(0.5, "How far a product's trend bends discover.", low=0, high=2)
    seed: int = option(0, "Of the starting vectors of ALS.", low=0)


@dataclass(frozen=True, eq=False)
class ItemSimilarity:
    """For each product the ones that go with it, never itself.

    Attributes:
        matrix: items × items CSR, float32, above 0; row i holds the neighbours of product i.
    """

    matrix: csr_matrix

    def top(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The k best neighbours of each product, best first; ties go to the lower item number.

        Returns:
            items: (items, k) int32, padded with -1.
            scores: (items, k) float32, padded with 0.
        """
        matrix = self.matrix
        row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        best_first = np.lexsort((matrix.indices, -matrix.data, row))
        rank = np.arange(matrix.nnz) - matrix.indptr[row]
        listed = rank < k
        items = np.full((matrix.shape[0], k), -1, dtype=np.int32)
        scores = np.zeros((matrix.shape[0], k), dtype=np.float32)
        items[row[listed], rank[listed]] = matrix.indices[best_first][listed]
        scores[row[listed], rank[listed]] = matrix.data[best_first][listed]
        return items, scores


@dataclass(frozen=True, eq=False)
class Rankers:
    """What ranks products for customers. Users and items are numbered as in the interactions.

    Attributes:
        models: by name, `blend` included.
        blend: ranks `for_you`, what is likely bought next; components personal, popular, als, related.
        discover: ranks what is new to the customer, from the same fitted components without
            personal, under weights of its own. Evaluation judges it as `blend` in view `new`.
    """

    models: dict[str, Recommender]
    blend: Blend
    discover: Blend

    def lists(self, name: str, view: View, users: np.ndarray, k: int, bought: csr_matrix) -> np.ndarray:
        """What a model lists for some customers in a view: (len(users), k) int32, best first, padded with -1.

        Args:
            name: of `models`; `blend` is `discover` in view `new`.
            view: `all` lists any product, `again` those that the customer bought before, `new` the others.
            users: row numbers of the fitted matrix.
            k: items a user at most.
            bought: (len(users), items) CSR, what each of them bought before.
        """
        model: Recommender = self.discover if name == "blend" and view == "new" else self.models[name]
        return listed(model.score(users), view, k, bought)


@dataclass(frozen=True, eq=False)
class FittedModels(Rankers):
    """All that a run publishes from.

    Attributes:
        similar: products that the same customers buy.
        together: products that stand in the same orders, guests' included.
        user_items: orders with the product, users × items CSR, float32: all that a customer bought.
    """

    similar: ItemSimilarity
    together: ItemSimilarity
    user_items: csr_matrix


def fit_models(
    interactions: Interactions, config: ModelConfig, progress: Progress | None = None
) -> FittedModels:
    """Fit all models of the profile on all rows; ages count back from `interactions.now`."""
    rankers = fit_rankers(interactions, config, progress)
    if progress:
        progress("finding similar products")
    likeness = CosineKNN(config.neighbours, with_itself=False, damping=config.damping)
    return FittedModels(
        models=rankers.models,
        blend=rankers.blend,
        discover=rankers.discover,
        similar=ItemSimilarity(likeness.neighbours_in(purchases(interactions))),
        together=ItemSimilarity(likeness.neighbours_in(baskets(interactions))),
        user_items=order_counts(interactions),
    )


def fit_rankers(interactions: Interactions, config: ModelConfig, progress: Progress | None = None) -> Rankers:
    """Fit what evaluation judges: `fit_models` without the lists of products."""
    say = progress or _silent
    counts = order_counts(interactions)
    models = _customer_models(interactions, counts, config, say)
    blend, discover = _blends(models, interactions, config)
    return Rankers({"blend": blend, **models}, blend, discover)


def _customer_models(
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
        als.fit(confidence(counts))
    except FitError as error:
        raise UsageError(
            f"the configuration cannot be fitted to these orders: {error}; see models.als_regularization "
            "and the other models.als_ options"
        ) from error
    say("fitting related")
    related = BM25KNN(config.neighbours, with_itself=False).fit(
        decayed_counts(interactions, config.related_half_life_days)
    )
    return {
        "most_bought": MostBought().fit(counts),
        "popular": popular,
        "als": als,
        "personal": personal,
        "related": related,
    }


def _blends(
    models: dict[str, Recommender], interactions: Interactions, config: ModelConfig
) -> tuple[Blend, Blend]:
    """The rankings behind `for_you` and `discover`."""
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


def _silent(_: str) -> None:
    """Nobody asked to be told."""
