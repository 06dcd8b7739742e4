"""EASE: for each item the linear weights of all others that best foretell it, solved and not iterated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
from scipy.linalg import inv
from scipy.sparse import coo_matrix, csr_matrix

from models.artefact import pack_csr, unpack_csr
from models.base import HistoryModel
from models.item_knn import CosineKNN

_ITEMS_AT_ONCE = 4096
"""Columns of the dual's solution held at a time: users × this, float64."""


class EASE(HistoryModel):
    """Scores an item by a weighted sum of the user's other items; no item speaks for itself.

    Steck, "Embarrassingly Shallow Autoencoders for Sparse Data" (2019): weights B minimise
    ‖X − XB‖² + λ‖B‖² with a diagonal of 0. Which of three ways finds them depends on the sides of X:

    - few items: B itself, dense, from the inverse of XᵀX + λ;
    - few users: the same B, never written out, from the inverse of XXᵀ + λ (Woodbury's identity);
    - many of both: for each item weights of its `neighbours` only, from inverses of small blocks (Steck,
      "Markov Random Fields for Collaborative Filtering", 2019, section 3.2).

    Args:
        regularization: λ, in units of XᵀX; where X holds ones, in users who bought an item.
        exact_up_to: users or items up to which the solution is exact; memory is 16 bytes × its square.
        neighbours: of each item where it is not exact.
    """

    name: ClassVar[str] = "ease"
    _weights: np.ndarray | csr_matrix | None
    """B, or None where the solution is held from the users' side, in the two below."""
    _inverse: np.ndarray
    _leverage: np.ndarray

    def __init__(self, regularization: float = 200.0, exact_up_to: int = 8000, neighbours: int = 200) -> None:
        self.parameters = {
            "regularization": regularization,
            "exact_up_to": exact_up_to,
            "neighbours": neighbours,
        }

    def fit(self, user_items: csr_matrix) -> Self:
        """Solve for the weights of `user_items` (users × items CSR, float32, above 0)."""
        self.user_items = user_items
        self._weights = None
        n_users, n_items = user_items.shape
        penalty = self.parameters["regularization"]
        if min(n_users, n_items) > self.parameters["exact_up_to"]:
            self._weights = block_weights(user_items, penalty, self.parameters["neighbours"])
        elif n_items <= n_users:
            self._weights = exact_weights(user_items, penalty)
        else:
            self._inverse, self._leverage = exact_dual(user_items, penalty)
        return self

    def score_rows(self, rows: csr_matrix) -> np.ndarray:
        """Weighted sums: (users, n_items) float32, 0 for rows (users × items CSR) that are empty."""
        if isinstance(self._weights, csr_matrix):
            return (rows @ self._weights).toarray()
        if self._weights is not None:
            return rows @ self._weights
        # With H = Xᵀ (XXᵀ + λ)⁻¹ X, Woodbury's identity turns r·B into (r·H − r·diag H) / (1 − diag H).
        shared = (rows @ self.user_items.T).toarray()
        smoothed = (self.user_items.T @ (shared @ self._inverse).T).T
        return (smoothed - rows.multiply(self._leverage).toarray()) / (1 - self._leverage)

    def _learnt(self) -> dict[str, np.ndarray]:
        if isinstance(self._weights, csr_matrix):
            return pack_csr("weights", self._weights)
        if self._weights is not None:
            return {"weights": self._weights}
        return {"inverse": self._inverse, "leverage": self._leverage}

    def _restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._weights = unpack_csr("weights", arrays) if "weights_data" in arrays else arrays.get("weights")
        if self._weights is None:
            self._inverse, self._leverage = arrays["inverse"], arrays["leverage"]


def exact_weights(rows: csr_matrix, penalty: float) -> np.ndarray:
    """B of the class's docstring for `rows` (users × items CSR): (items, items) float32, its diagonal 0."""
    gram = _penalised((rows.T @ rows).toarray(), penalty)
    inverse = inv(gram, overwrite_a=True, assume_a="pos")
    weights = (-inverse / np.diag(inverse)).astype(np.float32)
    np.fill_diagonal(weights, 0)
    return weights


def exact_dual(rows: csr_matrix, penalty: float) -> tuple[np.ndarray, np.ndarray]:
    """What gives the same scores from the users' side, for `rows` X (users × items CSR).

    Returns:
        inverse: of XXᵀ + λ, (users, users) float32.
        leverage: the diagonal of Xᵀ (XXᵀ + λ)⁻¹ X, (items,) float32, in [0, 1).
    """
    n_items = rows.shape[1]
    inverse = inv(_penalised((rows @ rows.T).toarray(), penalty), overwrite_a=True, assume_a="pos")
    columns = rows.tocsc()
    leverage = np.zeros(n_items, dtype=np.float32)
    for start in range(0, n_items, _ITEMS_AT_ONCE):
        block = columns[:, start : start + _ITEMS_AT_ONCE]
        solved = (block.T @ inverse).T
        leverage[start : start + _ITEMS_AT_ONCE] = block.multiply(solved).sum(axis=0)
    return inverse.astype(np.float32), leverage


def block_weights(rows: csr_matrix, penalty: float, neighbours: int) -> csr_matrix:
    """Weights of each item's nearest items only, for `rows` (users × items CSR): items × items CSR, float32.

    An item and its `neighbours` nearest by cosine are solved as if no other items were. That block tells
    the weights for the half of it that lies nearest, so that far fewer blocks than items are solved. The
    most bought items come first; an item that several blocks could tell is told by the first.
    """
    likeness = CosineKNN(neighbours).neighbours_in(rows)
    columns = rows.tocsc()
    told = np.diff(columns.indptr) == 0
    sources, targets, weights = [], [], []
    for item in np.argsort(-np.diff(columns.indptr), kind="stable"):
        if told[item]:
            continue
        block = _nearest_first(likeness, item)
        members = columns[:, block]
        inverse = inv(_penalised((members.T @ members).toarray(), penalty), assume_a="pos")
        nearest = np.flatnonzero(~told[block[: -(-len(block) // 2)]])
        solved = -inverse[:, nearest] / np.diag(inverse)[nearest]
        solved[nearest, np.arange(len(nearest))] = 0
        sources.append(np.repeat(block, len(nearest)))
        targets.append(np.tile(block[nearest], len(block)))
        weights.append(solved.ravel().astype(np.float32))
        told[block[nearest]] = True
    if not sources:
        return likeness  # nobody bought anything
    places = (np.concatenate(sources), np.concatenate(targets))
    found = coo_matrix((np.concatenate(weights), places), shape=likeness.shape).tocsr()
    found.eliminate_zeros()
    return found


def _nearest_first(likeness: csr_matrix, item: int) -> np.ndarray:
    """The item, then its neighbours, the most alike first."""
    row = slice(likeness.indptr[item], likeness.indptr[item + 1])
    neighbours = likeness.indices[row][np.argsort(-likeness.data[row], kind="stable")]
    return np.concatenate([[item], neighbours[neighbours != item]])


def _penalised(gram: np.ndarray, penalty: float) -> np.ndarray:
    penalised = gram.astype(np.float64)
    penalised[np.diag_indices_from(penalised)] += penalty
    return penalised
