"""The controls of a shop: the configured options, over what its catalogue and its orders tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from models.base import top_k
from training.diversity.config import DiversityConfig
from training.diversity.reranking import Candidates, reranked
from training.fitting import Rankers
from training.interactions import Interactions
from training.item_attributes import ItemAttributes
from training.long_tail import long_tail
from training.matrix import order_counts
from training.views import View


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
            rankers.models, rankers.blend, rankers.discover, self.diversifier(interactions)
        )

    def without_effect(self) -> tuple[str, ...]:
        """The options that are set and can do nothing here, for want of categories."""
        if self.attributes.category_names:
            return ()
        asked = {
            "max_per_category": self.config.max_per_category > 0,
            "calibration": self.config.calibration > 0,
        }
        return tuple(f"diversity.{name}" for name, is_set in asked.items() if is_set)


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
        candidates = Candidates(
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

    def lists(self, name: str, view: View, users: np.ndarray, k: int, bought: csr_matrix) -> np.ndarray:
        if name != "blend" or view == "again":
            return super().lists(name, view, users, k, bought)
        model = self.discover if view == "new" else self.blend
        exclude = bought if view == "new" else None
        length = max(k, self.diversifier.controls.list_length)
        items, scores = top_k(model.score(users), length, exclude)
        order = self.diversifier.order(users, items, scores)
        return np.take_along_axis(items, order, axis=1)[:, :k]


def _category_counts(interactions: Interactions, attributes: ItemAttributes) -> csr_matrix:
    known = np.flatnonzero(attributes.category[: len(interactions.products)] >= 0)
    shape = (len(interactions.products), len(attributes.category_names))
    membership = csr_matrix(
        (np.ones(len(known), dtype=np.float32), (known, attributes.category[known])), shape=shape
    )
    return order_counts(interactions) @ membership
