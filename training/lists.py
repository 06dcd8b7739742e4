"""The shape of published lists: which products, in which order, and why each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from service.store.codec import REASONS

NONE = -1
"""No product: padding of a list, or a reason without one."""


CUSTOMER_LISTS = ("for_you", "discover", "buy_it_again")


@dataclass(frozen=True, eq=False)
class Lists:
    """n lists of up to k products, best first.

    Attributes:
        products: (n, k) int32 product index, padded with -1.
        scores: (n, k) float32.
        reasons: (n, k) uint8, position in `service.store.codec.REASONS`.
        reason_products: (n, k) int32 product index that the reason names, or -1.
    """

    products: np.ndarray
    scores: np.ndarray
    reasons: np.ndarray
    reason_products: np.ndarray

    COLUMNS: ClassVar[tuple[str, ...]] = ("products", "scores", "reasons", "reason_products")

    def columns(self) -> dict[str, np.ndarray]:
        return {column: getattr(self, column) for column in self.COLUMNS}

    @classmethod
    def of_one_reason(
        cls, products: np.ndarray, scores: np.ndarray, reason: str, reason_products: Any = NONE
    ) -> Lists:
        """Lists in which every product stands for the same reason."""
        return cls(
            products=products.astype(np.int32),
            scores=scores.astype(np.float32),
            reasons=np.full(products.shape, REASONS.index(reason), dtype=np.uint8),
            reason_products=np.broadcast_to(
                np.asarray(reason_products, dtype=np.int32), products.shape
            ).copy(),
        )

    def reordered(self, order: np.ndarray) -> Lists:
        """The same products in another order, each with its reason.

        Scores stay where they are: they tell the order of a list, and fall from first to last.

        Args:
            order: (n, k) positions in these lists.
        """
        return Lists(
            products=np.take_along_axis(self.products, order, axis=1),
            scores=self.scores,
            reasons=np.take_along_axis(self.reasons, order, axis=1),
            reason_products=np.take_along_axis(self.reason_products, order, axis=1),
        )

    def only(self, kept: np.ndarray) -> Lists:
        """Some of these lists; `kept`: (n,) bool."""
        return Lists(**{column: values[kept] for column, values in self.columns().items()})

    @classmethod
    def stacked(cls, parts: Sequence[Lists]) -> Lists:
        """The lists of several batches, one below the other."""
        return cls(
            **{column: np.concatenate([getattr(part, column) for part in parts]) for column in cls.COLUMNS}
        )


@dataclass(frozen=True, eq=False)
class CustomerBlock:
    """The lists of some customers.

    Attributes:
        ids: n customer ids.
        lists: by name (`for_you`, `discover`, `buy_it_again`), each of n rows.
        bought: product indices, one customer's after the other's.
        bought_counts: (n,) how many of `bought` belong to each customer.
        models: names of the models that `model_scores` are of.
        model_scores: (models, n, k) float16, what each model added to the score of each product of `for_you`.
        explained: (n,) bool, whose model scores also go to the store, for the preview.
    """

    ids: Sequence[str]
    lists: Mapping[str, Lists]
    bought: np.ndarray
    bought_counts: np.ndarray
    models: tuple[str, ...]
    model_scores: np.ndarray
    explained: np.ndarray

    def only(self, kept: np.ndarray) -> CustomerBlock:
        """The lists of some of these customers; `kept`: (n,) bool."""
        return CustomerBlock(
            ids=[self.ids[row] for row in np.flatnonzero(kept).tolist()],
            lists={name: lists.only(kept) for name, lists in self.lists.items()},
            bought=self.bought[np.repeat(kept, self.bought_counts)],
            bought_counts=self.bought_counts[kept],
            models=self.models,
            model_scores=self.model_scores[:, kept],
            explained=self.explained[kept],
        )
