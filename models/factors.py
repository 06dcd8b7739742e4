"""What the factor models share: a vector a user and a vector an item, whose dot product ranks."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np

from models.artefact import read_artefact, write_artefact
from models.base import Recommender


class FactorModel(Recommender):
    """Users and items as vectors. A user or an item without purchases has a vector of zeros.

    Attributes:
        parameters: what the model was made with.
        user_factors: (users, length) float32.
        item_factors: (items, length) float32.
    """

    parameters: dict[str, Any]
    user_factors: np.ndarray
    item_factors: np.ndarray

    def score(self, users: np.ndarray) -> np.ndarray:
        """Dot products: (len(users), n_items) float32, 0 for users without history."""
        return self.user_factors[users] @ self.item_factors.T

    def save(self, folder: Path) -> None:
        """Write both factor matrices and the parameters."""
        arrays = {"user_factors": self.user_factors, "item_factors": self.item_factors}
        write_artefact(folder, self.name, arrays, self.parameters)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises ArtefactError."""
        arrays, parameters = read_artefact(folder, cls.name)
        model = cls(**parameters)
        model.user_factors, model.item_factors = arrays["user_factors"], arrays["item_factors"]
        return model
