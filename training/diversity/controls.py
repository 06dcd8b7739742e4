"""The controls of a shop: the configured options, over what its catalogue and its orders tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from models.blend import Ranking
from training.diversity.config import DiversityConfig
from training.diversity.reranking import RankedLists, reranked
from training.fitting import Rankers
from training.interactions import Interactions
from training.item_attributes import ItemAttributes
from training.long_tail import long_tail
from training.matrix import order_counts
from training.views import View

RERANKED = ("for_you", "discover")
"""The lists that the controls put in another order."""


@dataclass(frozen=True, eq=False)
class Controls:
    """Which controls are on, and what the catalogue says of the products they are about.

    Attributes:
        config: the options.
        attributes: of the products, the sold ones first, as `Interactions.products` numbers them.
        list_length: products a published list holds: the candidates that are re-ranked.
    """

    config: DiversityConfig
    attributes: ItemAttributes
    list_length: int

    def notes(self) -> tuple[str, ...]:
        """What is set and can do nothing here, for whoever set it."""
        by_category = {
            "max_per_category": self.config.max_per_category > 0,
            "calibration": self.config.calibration > 0,
        }
        idle = [f"diversity.{name}" for name, is_set in by_category.items() if is_set]
        if not idle or self.attributes.category_names:
            return ()
        return (f"{' and '.join(idle)} can do nothing: the catalogue tells no categories",)

    def diversifier(self, interactions: Interactions) -> Diversifier:
        """The controls over one history: long tail and customers' tastes are learnt from it alone."""
        is_tail = np.ones(len(self.attributes), dtype=bool)
        is_tail[: len(interactions.products)] = long_tail(interactions)
        return Diversifier(self, is_tail, _category_counts(interactions, self.attributes))

    def applied_to(self, rankers: Rankers, interactions: Interactions) -> Rankers:
        """The same models, whose `blend` lists are re-ranked as those published would be.

        Args:
            rankers: fitted on `interactions`.
            interactions: the history before the cut.
        """
        if not self.config.changes_lists:
            return rankers
        return _DiversifiedRankers(
            blend=rankers.blend,
            fixed_blend=rankers.fixed_blend,
            models=rankers.models,
            user_items=rankers.user_items,
            diversifier=self.diversifier(interactions),
        )


@dataclass(frozen=True, eq=False)
class Diversifier:
    """Re-ranks lists of customers.

    Attributes:
        controls: what is asked for.
        is_tail: (products,) bool.
        category_counts: customers × categories CSR, orders of each customer by category.
    """

    controls: Controls
    is_tail: np.ndarray
    category_counts: csr_matrix

    def order(self, users: np.ndarray, items: np.ndarray, scores: np.ndarray) -> np.ndarray:
        """The new order of each list: (users, k) int64 positions in the old one, padding last.

        Args:
            users: customer numbers.
            items: (users, k) int32, best first, padded with -1.
            scores: (users, k) float32, falling.
        """
        is_item = items >= 0
        counts = self.category_counts[users].toarray()
        candidates = RankedLists(
            items=items,
            scores=scores,
            category=np.where(is_item, self.controls.attributes.category[items], -1),
            is_tail=self.is_tail[items] & is_item,
            taste=counts / np.maximum(counts.sum(axis=1, keepdims=True), 1),
        )
        return reranked(candidates, self.controls.config, self.controls.attributes.tokens)


@dataclass(frozen=True, eq=False)
class _DiversifiedRankers(Rankers):
    """Rankers whose `blend` lists all and new products as they would be published."""

    diversifier: Diversifier

    def lists(self, name: str, users: np.ndarray, k: int, bought: csr_matrix) -> dict[View, np.ndarray]:
        if name != "blend":
            return super().lists(name, users, k, bought)
        length = max(k, self.diversifier.controls.list_length)
        rankings = self.blend.rank(users, length)
        return {
            view: (ranking.items if view == "again" else self._reordered(users, ranking))[:, :k]
            for view, ranking in rankings.items()
        }

    def _reordered(self, users: np.ndarray, ranking: Ranking) -> np.ndarray:
        order = self.diversifier.order(users, ranking.items, ranking.scores)
        return np.take_along_axis(ranking.items, order, axis=1)


def _category_counts(interactions: Interactions, attributes: ItemAttributes) -> csr_matrix:
    known = np.flatnonzero(attributes.category[: len(interactions.products)] >= 0)
    shape = (len(interactions.products), len(attributes.category_names))
    membership = csr_matrix(
        (np.ones(len(known), dtype=np.float32), (known, attributes.category[known])), shape=shape
    )
    return order_counts(interactions) @ membership
