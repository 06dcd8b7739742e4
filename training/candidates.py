"""The first stage: which products a customer may be recommended at all, from several models.

Of 68,000 products a few hundred a customer are worth a closer look. Each model names its best ones that are
new to the customer, the customer's own products come along, and so do the best of both fixed blends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from models.base import Recommender, top_k
from models.blend import Blend, summed

BLENDS = ("blend", "discover")
"""The blends of fixed weights, which are signals, too."""

BOUGHT, BLENDED, DISCOVERED, OF_EACH_MODEL = 150, 120, 80, 60
"""Candidates a customer at most: own products, best of the blend, of discover, new ones of each model."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """(customer, product) pairs, customer by customer, products rising.

    Attributes:
        users: (customers,) row numbers of the fitted matrix, as they were asked for.
        row: (n,) int32, position in `users`.
        item: (n,) int32.
        scores: signal → (n,) float32, as the model scores; `blend` and `discover` among them.
        best: signal → (customers,) float32, the customer's best score over all products.
        parts: each of `BLENDS` → component → (n,) float32, what it adds.
        factors: each of `BLENDS` → (n,) float32, the product's item factor.
    """

    users: np.ndarray
    row: np.ndarray
    item: np.ndarray
    scores: dict[str, np.ndarray]
    best: dict[str, np.ndarray]
    parts: dict[str, dict[str, np.ndarray]]
    factors: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.row)

    @property
    def groups(self) -> np.ndarray:
        """(customers,) how many candidates each customer has."""
        return np.bincount(self.row, minlength=len(self.users))

    def standing(self, signal: str, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What scores by a signal mean to the customer.

        Args:
            signal: a name of `scores`.
            scores: (n,) float32, one for each pair; those of the signal, or what they would be.

        Returns:
            share: (n,) float32, of the customer's best.
            rank: (n,) float32, how many of the customer's candidates have a better score by the signal; NaN
                without evidence: a model that knows nothing of a product has not put it behind the others.
        """
        best = self.best[signal][self.row]
        scale = np.where(best > 0, best, 1)
        # One number a pair, customer by customer and best first, so that one search finds all ranks.
        customer = 2.0 * self.row
        ordered = np.sort(customer - self.scores[signal] / scale)
        begins = np.cumsum(self.groups) - self.groups
        rank = np.searchsorted(ordered, customer - scores / scale) - begins[self.row]
        share = (scores / scale).astype(np.float32)
        return share, np.where(scores > 0, rank, np.nan).astype(np.float32)


@dataclass(frozen=True, eq=False)
class CandidateSources:
    """The fitted models that name candidates.

    Attributes:
        signals: name → model; those of both blends are among them.
        blend: fixed weights, over all products.
        discover: fixed weights, over what is new to a customer.
    """

    signals: Mapping[str, Recommender]
    blend: Blend
    discover: Blend

    def find(
        self, users: np.ndarray, bought: csr_matrix, unavailable: np.ndarray, at_least: int = 0
    ) -> Candidates:
        """The candidates of some customers, scored by every model.

        Args:
            users: row numbers of the fitted matrix.
            bought: (len(users), items) CSR, above 0 where the customer bought the product.
            unavailable: (m,) item numbers that are nobody's candidates.
            at_least: candidates of each blend, where longer lists than usual are to be filled.
        """
        dense = {name: model.score(users) for name, model in self.signals.items()}
        blends = {"blend": self.blend, "discover": self.discover}
        parts = {name: blend.parts(dense) for name, blend in blends.items()}
        dense |= {name: summed(of_blend.values()) for name, of_blend in parts.items()}
        # Over what cannot be had, too: in the past, where the order was learnt, nobody knows what that was.
        best = {name: scores.max(axis=1, initial=0) for name, scores in dense.items()}
        for scores in dense.values():
            scores[:, unavailable] = 0
        found = [
            _numbered(dense["personal"], max(BOUGHT, at_least)),
            _numbered(dense["blend"], max(BLENDED, at_least)),
            _numbered(dense["discover"], max(DISCOVERED, at_least), bought),
        ]
        found += [
            _numbered(dense[name], OF_EACH_MODEL, bought) for name in self.signals if name != "personal"
        ]
        row, item = np.divmod(np.unique(np.concatenate(found)), bought.shape[1])
        return Candidates(
            users=users,
            row=row.astype(np.int32),
            item=item.astype(np.int32),
            scores={name: scores[row, item] for name, scores in dense.items()},
            best=best,
            parts={
                name: {component: part[row, item] for component, part in of_blend.items()}
                for name, of_blend in parts.items()
            },
            factors={name: blend.factors_of(item) for name, blend in blends.items()},
        )


def _numbered(scores: np.ndarray, k: int, exclude: csr_matrix | None = None) -> np.ndarray:
    """The k best pairs of each row as row × items + item, int64."""
    items, _ = top_k(scores, k, exclude)
    row, rank = np.nonzero(items >= 0)
    return row * np.int64(scores.shape[1]) + items[row, rank]
