"""Fit every model on one history: which matrix each learns from, and with which parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import csr_matrix

from models.als import ALS
from models.base import Recommender
from models.blend import Blend
from models.item_knn import BM25KNN, CosineKNN, TfidfKNN
from models.most_bought import MostBought
from models.personal import PersonalFrequency
from models.popularity import Popularity
from training.interactions import Interactions
from training.matrix import baskets, confidence, decayed_counts, order_counts

Progress = Callable[[str], None]
"""Told the name of each step as it begins."""


@dataclass(frozen=True)
class ModelConfig:
    """All parameters of all models. The defaults serve a grocer and a gift shop alike.

    Attributes:
        profile: `quick` fits what the service needs and judges it beside most_bought, popular and
            als; `standard` fits and judges all models.
        personal_half_life_days: of the customer's own habits.
        popularity_half_life_days: of what everybody buys.
        neighbours: kept for each item, in every item-item model.
        als_factors, als_regularization, als_alpha, als_iterations: see `models.als.ALS`.
        bm25_k1, bm25_b: see `models.item_knn.BM25KNN`.
        seed: of the starting vectors of ALS.
    """

    profile: Literal["quick", "standard"] = "standard"
    personal_half_life_days: float = 90.0
    popularity_half_life_days: float = 30.0
    neighbours: int = 100
    als_factors: int = 64
    als_regularization: float = 0.05
    als_alpha: float = 1.0
    als_iterations: int = 15
    bm25_k1: float = 1.2
    bm25_b: float = 0.75
    seed: int = 0
    weight_personal: float = 1.0
    weight_popular: float = 0.05
    weight_als: float = 0.3
    weight_bm25: float = 0.2


@dataclass(frozen=True, eq=False)
class ItemSimilarity:
    """For each product its most similar ones, never itself.

    Attributes:
        matrix: items × items CSR, float32, above 0; row i holds the neighbours of product i.
    """

    matrix: csr_matrix

    def top(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The k best of each row, best first: items (items, k) int32 padded with -1, scores float32 padded with 0."""
        matrix = self.matrix
        row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        order = np.lexsort((matrix.indices, -matrix.data, row))
        rank = np.arange(matrix.nnz) - matrix.indptr[row]
        listed = rank < k
        items = np.full((matrix.shape[0], k), -1, dtype=np.int32)
        scores = np.zeros((matrix.shape[0], k), dtype=np.float32)
        items[row[listed], rank[listed]] = matrix.indices[order][listed]
        scores[row[listed], rank[listed]] = matrix.data[order][listed]
        return items, scores


@dataclass(frozen=True, eq=False)
class FittedModels:
    """What a run publishes from.

    Attributes:
        models: by name; users and items are numbered as in the interactions.
        blend: ranks `for_you`, what is likely bought next.
        discover: the same components with weights of their own; ranks what is new to the customer.
        similar: products that the same customers buy.
        together: products that stand in the same orders, guests' included.
        user_items: orders with the product, users × items CSR, float32; all that a customer bought.
    """

    models: dict[str, Recommender]
    blend: Blend
    discover: Blend
    similar: ItemSimilarity
    together: ItemSimilarity
    user_items: csr_matrix


def fit_models(
    interactions: Interactions, config: ModelConfig, progress: Progress | None = None
) -> FittedModels:
    """Fit all models of the profile on all rows; ages count back from `interactions.now`."""
    counts = order_counts(interactions)
    personal = PersonalFrequency().fit(decayed_counts(interactions, config.personal_half_life_days))
    popular = Popularity().fit(decayed_counts(interactions, config.popularity_half_life_days))
    als = ALS(
        config.als_factors, config.als_regularization, config.als_alpha, config.als_iterations, config.seed
    ).fit(confidence(counts))
    bm25 = BM25KNN(config.neighbours, config.bm25_k1, config.bm25_b).fit(counts)
    models: dict[str, Recommender] = {
        "most_bought": MostBought().fit(counts),
        "popular": popular,
        "personal": personal,
        "als": als,
        "bm25": bm25,
    }
    if config.profile == "standard":
        models["tfidf"] = TfidfKNN(config.neighbours).fit(counts)
        models["cosine"] = CosineKNN(config.neighbours).fit(counts)
    weights = {
        "personal": config.weight_personal,
        "popular": config.weight_popular,
        "als": config.weight_als,
        "bm25": config.weight_bm25,
    }
    blend = Blend({name: models[name] for name in weights}, weights)
    discover = blend
    models["blend"] = blend
    together = TfidfKNN(config.neighbours).neighbours_in(baskets(interactions))
    return FittedModels(
        models=models,
        blend=blend,
        discover=discover,
        similar=ItemSimilarity(_without_itself(bm25.similarity)),
        together=ItemSimilarity(_without_itself(together)),
        user_items=counts,
    )


def _without_itself(similarity: csr_matrix) -> csr_matrix:
    others = similarity.copy()
    others.setdiag(0)
    others.eliminate_zeros()
    return others
