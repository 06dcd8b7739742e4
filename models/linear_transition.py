"""From what users held to what they took next: one linear step, learnt from a moment of the past."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
from scipy.linalg import inv
from scipy.sparse import csr_matrix, diags_array

from models.artefact import pack_csr, unpack_csr
from models.base import HistoryModel

_ITEM_EXPONENT = -0.25
_PRIOR_USERS = 5
"""An item counts (its users + 5) ** -0.25 when users are compared: what few hold says more."""


class LinearTransition(HistoryModel):
    """Scores items by a linear map from users' histories to what came after them.

    The linear item transition model (SLIT) of Choi et al., "Session-aware Linear Item-Item Models for
    Session-based Recommendation" (WWW 2021): B minimises ‖Y − XB‖² + λ‖B‖², here with X what users held
    before a moment and Y what they took in the time after it. Unlike EASE it sees the order of events, and
    an item may speak for itself: what is taken again and what is not, is learnt. Rows of X have length 1.

    It is solved from the users' side, B = Xᵀ (XXᵀ + λ)⁻¹ Y, and B is never written out.

    Args:
        regularization: λ, in units of a user's likeness to itself, which is 1.
        most_users: of more users than these, evenly many of all are learnt from; memory is 16 bytes × its
            square, time its cube.
    """

    name: ClassVar[str] = "transition"
    _held: csr_matrix
    """X: users learnt from × items."""
    _taken: csr_matrix
    """Y, the same users × items."""
    _inverse: np.ndarray
    """Of XXᵀ + λ, float32."""
    _item_weights: np.ndarray

    def __init__(self, regularization: float = 3.0, most_users: int = 4000) -> None:
        self.parameters = {"regularization": regularization, "most_users": most_users}

    def fit(self, user_items: csr_matrix) -> Self:
        """Learn what goes with what in `user_items` (users × items CSR, float32, above 0), in no order."""
        return self.fit_step(user_items, user_items, user_items)

    def fit_step(self, user_items: csr_matrix, held: csr_matrix, taken: csr_matrix) -> Self:
        """Learn from a moment of the past. All three are users × items CSR, float32, above 0.

        Args:
            user_items: what users hold now, for `score`.
            held: what each of them held at that moment.
            taken: what each of them took right after it.
        """
        self.user_items = user_items
        users = np.flatnonzero((np.diff(held.indptr) > 0) & (np.diff(taken.indptr) > 0))
        users = users[:: max(-(-len(users) // self.parameters["most_users"]), 1)]
        self._item_weights = _item_weights(held)
        self._held, self._taken = self._of_length_one(held[users]), taken[users]
        penalised = (self._held @ self._held.T).toarray().astype(np.float64)
        penalised[np.diag_indices_from(penalised)] += self.parameters["regularization"]
        inverse = inv(penalised, overwrite_a=True, assume_a="pos") if len(users) else penalised
        self._inverse = inverse.astype(np.float32)
        return self

    def score_rows(self, rows: csr_matrix) -> np.ndarray:
        """(users, n_items) float32, 0 for rows (users × items CSR) that are empty."""
        alike = (self._of_length_one(rows) @ self._held.T).toarray()
        return np.ascontiguousarray((self._taken.T @ (alike @ self._inverse).T).T)

    def _of_length_one(self, rows: csr_matrix) -> csr_matrix:
        weighted = csr_matrix(rows @ diags_array(self._item_weights))
        lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1), dtype=np.float32).ravel())
        return csr_matrix(diags_array(1 / np.where(lengths > 0, lengths, 1)) @ weighted, dtype=np.float32)

    def _learnt(self) -> dict[str, np.ndarray]:
        arrays = {"inverse": self._inverse, "item_weights": self._item_weights}
        return arrays | pack_csr("held", self._held) | pack_csr("taken", self._taken)

    def _restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._inverse, self._item_weights = arrays["inverse"], arrays["item_weights"]
        self._held, self._taken = unpack_csr("held", arrays), unpack_csr("taken", arrays)


def _item_weights(held: csr_matrix) -> np.ndarray:
    users = np.bincount(held.indices, minlength=held.shape[1])
    return np.power(users + _PRIOR_USERS, _ITEM_EXPONENT, dtype=np.float32)
