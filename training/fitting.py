"""Fit all that a run publishes from, on one history."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from scipy.sparse import csr_matrix

from models.base import Recommender
from models.blend import Ranking
from models.item_knn import CosineKNN
from training.co_purchase import bought_together
from training.first_stage import NOTHING, FirstStage, fit_first_stage
from training.fixed_blend import FixedBlend
from training.interactions import Interactions
from training.item_similarity import ItemSimilarity
from training.learning_steps import StepCache, learning_steps
from training.matrix import baskets, purchases, with_strangers
from training.model_config import ModelConfig
from training.progress import Progress
from training.two_stage import learn
from training.views import VIEWS, View, listed


class PublishedBlend(Protocol):
    """What ranks `for_you` (view `all`), `buy_it_again` (`again`) and `discover` (`new`)."""

    @property
    def name(self) -> str:
        """`two_stage` or `fixed_blend`."""

    @property
    def stage(self) -> FirstStage: ...

    @property
    def causes(self) -> tuple[str, ...]:
        """What scores are explained by."""

    def rank(
        self, users: np.ndarray, k: int, unavailable: np.ndarray = NOTHING, *, explain: bool = False
    ) -> dict[View, Ranking]: ...

    def save(self, folder: Path) -> None: ...


@dataclass(frozen=True, eq=False)
class Rankers:
    """What ranks products for customers. Users and items are numbered as in the interactions.

    Attributes:
        blend: what is published.
        fixed_blend: the same as `blend` where there was too little to learn from.
        models: the single models, by name.
        user_items: orders with the product, users × items CSR, float32: all that a customer bought.
    """

    blend: PublishedBlend
    fixed_blend: FixedBlend
    models: dict[str, Recommender]
    user_items: csr_matrix

    @property
    def names(self) -> tuple[str, ...]:
        """Of all that can be judged."""
        return ("blend", "fixed_blend", *self.models)

    def lists(self, name: str, users: np.ndarray, k: int, bought: csr_matrix) -> dict[View, np.ndarray]:
        """What a model lists for some customers: view → (len(users), k) int32, best first, padded with -1.

        Args:
            name: one of `names`.
            users: row numbers of the fitted matrix.
            k: items a user at most.
            bought: (len(users), items) CSR, what each of them bought before.
        """
        if name in self.models:
            scores = self.models[name].score(users)
            return {view: listed(scores, view, k, bought) for view in VIEWS}
        blend = self.blend if name == "blend" else self.fixed_blend
        return {view: ranking.items for view, ranking in blend.rank(users, k).items()}


@dataclass(frozen=True, eq=False)
class FittedModels(Rankers):
    """All that a run publishes from.

    Attributes:
        similar: products that the same customers buy.
        together: products that stand in the same orders, guests' included, beyond chance.
    """

    similar: ItemSimilarity
    together: ItemSimilarity


def fit_models(
    interactions: Interactions,
    config: ModelConfig,
    progress: Progress | None = None,
    steps: StepCache | None = None,
) -> FittedModels:
    """Fit all of it on all rows; ages count back from `interactions.now`.

    Args:
        interactions: the history.
        config: parameters of the models.
        progress: told each step as it begins.
        steps: those of the past to learn from that are there already, of the same history and
            configuration; those that are missing are added.
    """
    rankers = fit_rankers(interactions, config, progress, steps)
    if progress:
        progress("finding similar products")
    likeness = CosineKNN(config.neighbours, with_itself=False, damping=config.damping)
    bought = with_strangers(purchases(interactions), interactions, config.related_half_life_days)
    return FittedModels(
        blend=rankers.blend,
        fixed_blend=rankers.fixed_blend,
        models=rankers.models,
        user_items=rankers.user_items,
        similar=ItemSimilarity(likeness.neighbours_in(bought)),
        together=ItemSimilarity(bought_together(baskets(interactions), config.neighbours)),
    )


def fit_rankers(
    interactions: Interactions,
    config: ModelConfig,
    progress: Progress | None = None,
    steps: StepCache | None = None,
) -> Rankers:
    """Fit what evaluation judges: `fit_models` without the lists of products. Arguments as there."""
    stage = fit_first_stage(interactions, config, progress)
    fixed = FixedBlend(stage)
    blend: PublishedBlend = fixed
    if len(interactions.customers) >= config.rerank_min_customers and config.learns:
        learnt_from = learning_steps(interactions, config, steps or StepCache(), progress)
        if progress:
            progress("learning the order of candidates")
        blend = learn(stage, learnt_from, config) or fixed
    return Rankers(blend, fixed, stage.models, stage.user_items)
