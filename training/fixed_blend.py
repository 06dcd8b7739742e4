"""The blend of fixed weights: what is published where there is too little history to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from models.blend import Ranking
from training.first_stage import NOTHING, FirstStage
from training.views import View

FIXED_BLEND = "fixed_blend"


@dataclass(frozen=True, eq=False)
class FixedBlend:
    """The weighted sums of a first stage, ranking as `TwoStageBlend` does."""

    stage: FirstStage

    name = FIXED_BLEND

    @property
    def causes(self) -> tuple[str, ...]:
        """The components whose part in each score `rank` tells."""
        return tuple(self.stage.blend.components)

    def rank(
        self, users: np.ndarray, k: int, unavailable: np.ndarray = NOTHING, *, explain: bool = False
    ) -> dict[View, Ranking]:
        """The k best products of each customer in each view, and what each component added to their scores.

        Args:
            users: row numbers of the fitted matrix; a batch, scores are dense.
            k: products a customer at most.
            unavailable: item numbers that are on no list.
            explain: contributions are told in any case, they are there already.
        """
        bought = self.stage.user_items[users]
        nobody = _columns(unavailable, bought.shape)
        return {
            "all": self.stage.blend.rank(users, k, nobody),
            "again": self._again(users, k, bought, nobody),
            "new": self.stage.discover.rank(users, k, bought + nobody),
        }

    def save(self, folder: Path) -> None:
        """Write the blend and its components."""
        self.stage.blend.save(folder)

    def _again(self, users: np.ndarray, k: int, bought: csr_matrix, nobody: csr_matrix) -> Ranking:
        never_bought = csr_matrix(bought.toarray() == 0, dtype=np.float32)
        return self.stage.blend.rank(users, k, never_bought + nobody)


def _columns(items: np.ndarray, shape: tuple[int, int]) -> csr_matrix:
    """Ones in some columns of every row."""
    n_rows = shape[0]
    indptr = np.arange(n_rows + 1) * len(items)
    ones = np.ones(n_rows * len(items), dtype=np.float32)
    return csr_matrix((ones, np.tile(items, n_rows), indptr), shape=shape)
