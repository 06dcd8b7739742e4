"""Implicit-feedback matrix factorisation by alternating least squares."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from implicit.recommender_base import ModelFitError
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from models.artefact import read_artefact, write_artefact
from models.base import FitError, Recommender


class ALS(Recommender):
    """Users and items as vectors whose dot product is the score.

    Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback Datasets" (2008), solved by
    conjugate gradient (Takács et al. 2011), through `implicit`.

    Args:
        factors: length of the vectors.
        regularization: of both sides.
        iterations: rounds over users and items.
        seed: of the starting vectors; the same seed and matrix give the same model.
    """

    name: ClassVar[str] = "als"

    def __init__(
        self,
        factors: int = 64,
        regularization: float = 0.05,
        iterations: int = 15,
        seed: int = 0,
    ) -> None:
        self.parameters: dict[str, Any] = {
            "factors": factors,
            "regularization": regularization,
            "iterations": iterations,
            "seed": seed,
        }

    def fit(self, user_items: csr_matrix) -> Self:
        """Factorise `user_items` (users × items CSR, float32 confidences, above 0), from anew.

        Raises:
            FitError: the vectors became NaN, as under a regularisation far too strong, or of 0.
        """
        n_users, n_items = user_items.shape
        factors = self.parameters["factors"]
        self.user_factors = np.zeros((n_users, factors), dtype=np.float32)
        self.item_factors = np.zeros((n_items, factors), dtype=np.float32)
        if user_items.nnz == 0:
            return self
        # implicit runs a thread a core, each calling BLAS: BLAS threads on top slow it down tenfold.
        with threadpool_limits(limits=1, user_api="blas"):
            solver = AlternatingLeastSquares(
                factors=factors,
                regularization=self.parameters["regularization"],
                iterations=self.parameters["iterations"],
                random_state=self.parameters["seed"],
            )
            try:
                solver.fit(user_items, show_progress=False)
            except ModelFitError as error:
                raise FitError(f"ALS came to no result ({error})") from error
        self.user_factors, self.item_factors = solver.user_factors, solver.item_factors
        return self

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
