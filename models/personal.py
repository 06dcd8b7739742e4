"""Personal frequency: "buy it again". With time-decayed counts in the matrix, recent habits weigh more."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from scipy.sparse import csr_matrix

from models.artefact import pack_csr, read_artefact, unpack_csr, write_artefact
from models.base import Recommender


class PersonalFrequency(Recommender):
    """Scores each item by the user's own (decayed) count; what the user never bought scores 0."""

    name: ClassVar[str] = "personal"

    def fit(self, user_items: csr_matrix) -> Self:
        """Remember `user_items` (users × items CSR, float32, above 0)."""
        self.counts = user_items
        return self

    def score(self, users: np.ndarray) -> np.ndarray:
        """The users' own rows: (len(users), n_items) float32."""
        return self.counts[users].toarray()

    def save(self, folder: Path) -> None:
        """Write the counts."""
        write_artefact(folder, self.name, pack_csr("counts", self.counts), {})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises ArtefactError."""
        arrays, _ = read_artefact(folder, cls.name)
        return cls().fit(unpack_csr("counts", arrays))
