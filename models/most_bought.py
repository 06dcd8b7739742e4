"""The baseline to beat: your most bought, then everybody's."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from scipy.sparse import csr_matrix

from models.artefact import pack_csr, read_artefact, unpack_csr, write_artefact
from models.base import Recommender


class MostBought(Recommender):
    """Own count of orders with the item; ties, and all items never bought, by everybody's counts.

    What shops build first, and hard to beat where people buy the same things again (Li et al.,
    "A Next Basket Recommendation Reality Check", 2023: top-personal and top-popular).
    """

    name: ClassVar[str] = "most_bought"

    def fit(self, user_items: csr_matrix) -> Self:
        """Learn from order counts: `user_items`, users × items CSR, float32 whole numbers."""
        self.counts = user_items
        return self._rank_items()

    def score(self, users: np.ndarray) -> np.ndarray:
        """Own count + a popularity below 1: (len(users), n_items) float32."""
        return self.counts[users].toarray() + self.below_one

    def save(self, folder: Path) -> None:
        """Write the counts."""
        write_artefact(folder, self.name, pack_csr("counts", self.counts), {})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises ArtefactError."""
        arrays, _ = read_artefact(folder, cls.name)
        return cls().fit(unpack_csr("counts", arrays))

    def _rank_items(self) -> Self:
        # The rank of a popularity instead of its value: beside a count of hundreds, float32 still
        # tells thousands of ranks apart, but not 40,000 from 40,001 once divided by their maximum.
        popularity = np.asarray(self.counts.sum(axis=0)).ravel()
        levels, rank = np.unique(popularity, return_inverse=True)
        unsold = int(len(levels) > 0 and levels[0] == 0)
        self.below_one = ((rank + 1 - unsold) / (len(levels) + 1)).astype(np.float32)
        return self
