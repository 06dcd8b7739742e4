"""Graph filters: a user's purchases as a signal on the graph of items, smoothed and then sharpened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
from scipy.sparse import csr_matrix

from models.base import HistoryModel

_OVERSAMPLING = 32
"""Directions sought beyond those kept, and …"""
_POWER_ITERATIONS = 4
"""… how often they are turned towards the greatest: both as in the experiments of Halko et al."""


class GraphFilter(HistoryModel):
    """A linear filter of the user's row: neighbours' purchases, plus the smoothest part of the signal.

    With X̃ = D_u^-½ X D_i^-½, X divided by the roots of its rows' and columns' sums, P = X̃ᵀX̃ and V the
    first right singular vectors of X̃, a row r of purchases is scored in two steps:

    1. smooth: s = r P + low_pass × r D_i^-½ V Vᵀ D_i^½ (GF-CF: Shen et al., "How Powerful is Graph
       Convolution for Recommendation?", 2021);
    2. sharpen: s exp(−sharpening × P), to the second order of its series, takes back what everybody has
       in common (Choi et al., "Blurring-Sharpening Process Models for Collaborative Filtering", 2023).

    Args:
        factors: singular vectors, at most; the bound of what counts as smooth.
        low_pass: weight of the smoothest part.
        sharpening: how far, up to about 1.5; 0 is GF-CF.
        seed: of the directions in which singular vectors are first sought.
    """

    name: ClassVar[str] = "graph_filter"

    def __init__(
        self, factors: int = 256, low_pass: float = 0.3, sharpening: float = 1.0, seed: int = 0
    ) -> None:
        self.parameters = {
            "factors": factors,
            "low_pass": low_pass,
            "sharpening": sharpening,
            "seed": seed,
        }

    def fit(self, user_items: csr_matrix) -> Self:
        """Normalise `user_items` (users × items CSR, float32, above 0) and find its singular vectors."""
        self.user_items = user_items
        self._prepare()
        factors = min(self.parameters["factors"], *user_items.shape)
        self._vectors = right_singular_vectors(self._normal, factors, self.parameters["seed"])
        return self

    def score_rows(self, rows: csr_matrix) -> np.ndarray:
        """Filtered rows: (users, n_items) float32, 0 for rows (users × items CSR) that are empty."""
        scores = self._neighbourhood(rows.toarray())
        smooth = (rows.multiply(self._shrink).tocsr() @ self._vectors) @ self._vectors.T
        smooth *= np.float32(self.parameters["low_pass"]) / self._shrink
        scores += smooth
        if self.parameters["sharpening"] == 0:
            return scores
        step = np.float32(self.parameters["sharpening"])
        once = self._neighbourhood(scores)
        scores -= step * once
        scores += step**2 / 2 * self._neighbourhood(once)
        return scores

    def _learnt(self) -> dict[str, np.ndarray]:
        return {"vectors": self._vectors}

    def _restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._prepare()
        self._vectors = arrays["vectors"]

    def _prepare(self) -> None:
        """X̃, its transpose, and D_i^-½; an item or a user without purchases counts as one of degree 1."""
        of_users, of_items = (_inverse_roots(self.user_items, axis) for axis in (1, 0))
        self._shrink = of_items
        data = self.user_items.data * of_items[self.user_items.indices]
        data *= np.repeat(of_users, np.diff(self.user_items.indptr))
        self._normal = csr_matrix(
            (data, self.user_items.indices, self.user_items.indptr), shape=self.user_items.shape
        )
        self._transposed = self._normal.T.tocsr()

    def _neighbourhood(self, signal: np.ndarray) -> np.ndarray:
        """signal × P, from the user side: P itself would have far more cells than X̃."""
        return np.ascontiguousarray((self._transposed @ (self._normal @ np.ascontiguousarray(signal.T))).T)


def right_singular_vectors(matrix: csr_matrix, count: int, seed: int) -> np.ndarray:
    """The first right singular vectors of a matrix: (columns, count) float32, orthonormal.

    Halko, Martinsson and Tropp, "Finding Structure with Randomness" (2011), algorithms 4.4 and 5.1. For
    hundreds of vectors many times faster than the exact iteration of `scipy.sparse.linalg.svds`.
    """
    transposed = matrix.T.tocsr()
    width = min(count + _OVERSAMPLING, *matrix.shape)
    start = np.random.default_rng(seed).standard_normal((matrix.shape[1], width), dtype=np.float32)
    basis = np.linalg.qr(start)[0]
    for _ in range(_POWER_ITERATIONS):
        basis = np.linalg.qr(transposed @ (matrix @ basis))[0]
    image = matrix @ basis
    _, turns = np.linalg.eigh(image.T @ image)  # of rising eigenvalues
    return basis @ turns[:, ::-1][:, :count]


def _inverse_roots(matrix: csr_matrix, axis: int) -> np.ndarray:
    """1 / √sum of each row (axis 1) or column (axis 0): float32, 1 where nothing is held."""
    sums = np.asarray(matrix.sum(axis=axis), dtype=np.float32).ravel()
    return 1 / np.sqrt(np.where(sums > 0, sums, 1))
