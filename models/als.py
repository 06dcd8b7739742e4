"""Implicit-feedback matrix factorisation by alternating least squares."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from implicit.recommender_base import ModelFitError
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from models.base import FitError, FoldIn
from models.factors import FactorModel


class ALS(FactorModel, FoldIn):
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
            solver = self._solver()
            try:
                solver.fit(user_items, show_progress=False)
            except ModelFitError as error:
                raise FitError(f"ALS came to no result ({error})") from error
        self.user_factors, self.item_factors = solver.user_factors, solver.item_factors
        return self

    def score_rows(self, rows: csr_matrix) -> np.ndarray:
        """Scores for users whom nobody fitted: their vectors are solved for, exactly, given the items'.

        Args:
            rows: users × items CSR, float32 confidences of the kind that was fitted.

        Returns:
            (users, n_items) float32, 0 for empty rows. A fitted user's own row gives nearly the fitted
            scores: fitting stops before both sides agree fully, and solves approximately.
        """
        if rows.nnz == 0 or not self.item_factors.any():
            return np.zeros(rows.shape, dtype=np.float32)
        with threadpool_limits(limits=1, user_api="blas"):
            solver = self._solver()
            solver.item_factors = self.item_factors
            return solver.recalculate_user(np.arange(rows.shape[0]), rows) @ self.item_factors.T

    def _solver(self) -> AlternatingLeastSquares:
        """Never a used one for fitting: it would start from its old factors."""
        return AlternatingLeastSquares(
            factors=self.parameters["factors"],
            regularization=self.parameters["regularization"],
            iterations=self.parameters["iterations"],
            random_state=self.parameters["seed"],
        )
