"""Popularity: everybody gets what most buy; with time-decayed counts in the matrix, what they buy now."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from scipy.sparse import csr_matrix

from models.artefact import read_artefact, write_artefact
from models.base import Recommender


class Popularity(Recommender):
    """Scores each item by its column sum, the same for all users, also for those without history."""

    name: ClassVar[str] = "popular"

    def fit(self, user_items: csr_matrix) -> Self:
        """Sum the columns of `user_items` (users × items CSR, float32, above 0)."""
        self.popularity = np.asarray(user_items.sum(axis=0), dtype=np.float32).ravel()
        return self

    def score(self, users: np.ndarray) -> np.ndarray:
        """The same row for each user: (len(users), n_items) float32."""
        return np.repeat(self.popularity[None, :], len(users), axis=0)

    def save(self, folder: Path) -> None:
        """Write the item scores."""
        write_artefact(folder, self.name, {"popularity": self.popularity}, {})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises ArtefactError."""
        arrays, _ = read_artefact(folder, cls.name)
        model = cls()
        model.popularity = arrays["popularity"]
        return model
