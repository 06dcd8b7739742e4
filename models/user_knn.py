"""User-user neighbours: what those buy who buy alike, beside what the user buys."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
from scipy.sparse import csr_matrix, diags_array

from models.artefact import pack_csr, unpack_csr
from models.base import MemoryBased

_BATCH_BYTES = 64 * 2**20
"""Of one dense batch of closeness: users × all users, float32."""


class UserKNN(MemoryBased):
    """Scores items by a weighted sum of the rows of the user and of the neighbours.

    `weights` is users × users CSR, float32, above 0: row u holds how much the row of each user counts for u.
    A user without history has no neighbours and is nobody's.
    """

    def fit(self, user_items: csr_matrix) -> Self:
        """Find the neighbours of all users in `user_items` (users × items CSR, float32, above 0)."""
        self.user_items = user_items
        self.weights = self._weights(user_items)
        return self

    @abstractmethod
    def _weights(self, user_items: csr_matrix) -> csr_matrix:
        """How much each user's row counts for each user."""

    def score(self, users: np.ndarray) -> np.ndarray:
        """Weighted sums of rows: (len(users), n_items) float32, 0 for users without history."""
        return (self.weights[users] @ self.user_items).toarray()

    def _learnt(self) -> dict[str, np.ndarray]:
        return pack_csr("weights", self.weights)

    def _restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        self.weights = unpack_csr("weights", arrays)


class TIFUKNN(UserKNN):
    """Own item frequencies and those of the nearest users, mixed.

    Hu, He, Gao and Zhang, "Modeling Personalized Item Frequency Information for Next-basket Recommendation"
    (SIGIR 2020). Its decay of older baskets is in the matrix. Neighbours are those at the least Euclidean
    distance.

    Args:
        neighbours: of each user.
        alpha: weight of the user's own row; the mean of the neighbours' has the rest.
    """

    name: ClassVar[str] = "tifu_knn"

    def __init__(self, neighbours: int = 100, alpha: float = 0.7) -> None:
        self.parameters = {"neighbours": neighbours, "alpha": alpha}

    def _weights(self, user_items: csr_matrix) -> csr_matrix:
        n_users = user_items.shape[0]
        lengths = _squares(user_items)
        # |u − v|² is least where u·v − |v|² / 2 is greatest.
        near = _nearest(user_items, self.parameters["neighbours"], offset=-lengths / 2)
        near.data[:] = 1
        shares = (1 - self.parameters["alpha"]) / np.maximum(np.diff(near.indptr), 1)
        itself = self.parameters["alpha"] * (lengths > 0)
        return csr_matrix(
            diags_array(shares) @ near + diags_array(itself), shape=(n_users, n_users), dtype=np.float32
        )


class UPCF(UserKNN):
    """Everybody's rows, each by its asymmetric cosine to the user's, raised to the locality.

    Faggioli, Polato and Aiolli, "Recency Aware Collaborative Filtering for Next Basket Recommendation"
    (UMAP 2020). Its user-wise popularity is in the matrix. A high locality leaves the word to the user and
    those most alike.

    Args:
        neighbours: of each user; the paper takes all, of whom the far ones hardly count.
        locality: power of the similarity (q of the paper).
        asymmetry: how much of the norm is the user's own; 0.5 is the cosine (alpha of the paper).
    """

    name: ClassVar[str] = "up_cf"

    def __init__(self, neighbours: int = 300, locality: float = 3, asymmetry: float = 0.25) -> None:
        self.parameters = {"neighbours": neighbours, "locality": locality, "asymmetry": asymmetry}

    def _weights(self, user_items: csr_matrix) -> csr_matrix:
        asymmetry, locality = self.parameters["asymmetry"], self.parameters["locality"]
        lengths = _squares(user_items)
        divisor = np.where(lengths > 0, lengths, 1)
        near = _nearest(user_items, self.parameters["neighbours"], factor=divisor ** (asymmetry - 1))
        near.data = np.maximum(near.data, 0)
        alike = diags_array(divisor**-asymmetry) @ near + diags_array((lengths > 0).astype(np.float32))
        alike.data **= locality
        return csr_matrix(alike, dtype=np.float32)


def _squares(rows: csr_matrix) -> np.ndarray:
    return np.asarray(rows.multiply(rows).sum(axis=1), dtype=np.float32).ravel()


def _nearest(
    rows: csr_matrix, neighbours: int, factor: np.ndarray | float = 1, offset: np.ndarray | float = 0
) -> csr_matrix:
    """The users v with the greatest u·v × factor[v] + offset[v], for each user u: users × users CSR, float32.

    Never the user; nobody for, and never, a user without history.
    """
    n_users = rows.shape[0]
    empty = np.diff(rows.indptr) == 0
    k = min(neighbours, n_users - 1)
    columns = rows.T.tocsc()
    found = []
    for start in range(0, n_users, max(1, _BATCH_BYTES // (4 * max(n_users, 1)))):
        batch = np.arange(n_users)[start : start + max(1, _BATCH_BYTES // (4 * n_users))]
        closeness = (rows[batch] @ columns).toarray() * factor + offset
        closeness[:, empty] = -np.inf
        closeness[empty[batch]] = -np.inf
        closeness[np.arange(len(batch)), batch] = -np.inf
        nearest = np.argpartition(-closeness, max(k - 1, 0), axis=1)[:, :k]
        values = np.take_along_axis(closeness, nearest, axis=1)
        row = np.repeat(batch, k).reshape(values.shape)
        kept = np.isfinite(values)
        found.append((values[kept], row[kept], nearest[kept]))
    values, row, column = (np.concatenate(part) for part in zip(*found, strict=True))
    return csr_matrix((values.astype(np.float32), (row, column)), shape=(n_users, n_users))
