"""What every recommender is: fitted on a users × items matrix, it scores items for users.

Models know nothing of shops, ids or files of orders: integers in, float32 scores out. The
orientation is always users × items, CSR, float32 (as in `implicit` since 0.5); a swapped matrix
would be accepted in silence, so every docstring says it again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from scipy.sparse import csr_matrix

from models.artefact import pack_csr, read_artefact, unpack_csr, write_artefact


class FitError(Exception):
    """The parameters do not suit the matrix: fitting led to no numbers."""


class Recommender(ABC):
    """One algorithm. Construct with hyper-parameters, `fit` once, then `score` batches of users."""

    name: ClassVar[str]
    """How configuration, tables and artefacts call it."""

    @abstractmethod
    def fit(self, user_items: csr_matrix) -> Self:
        """Learn from `user_items` (users × items CSR, float32, above 0). Fitting again starts anew."""

    @abstractmethod
    def score(self, users: np.ndarray) -> np.ndarray:
        """Scores of all items for some users: (len(users), n_items) float32, 0 where there is no evidence.

        Higher is better; already bought items are scored like any other. `users` are row numbers
        of the fitted matrix.
        """

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the fitted model as one artefact (`models.artefact`) into `folder`, created if absent."""

    @classmethod
    @abstractmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises `models.artefact.ArtefactError` where it was damaged."""


class FoldIn(Recommender):
    """A model that also scores strangers, such as a visitor a few events old, from their purchases alone."""

    @abstractmethod
    def score_rows(self, rows: csr_matrix) -> np.ndarray:
        """Scores of all items for users who were not fitted: (rows, n_items) float32, 0 for empty rows.

        Args:
            rows: users × items CSR, float32, above 0, each cell worth what it would be in the fitted matrix.
        """


class MemoryBased(Recommender):
    """A model that keeps the fitted matrix, beside what it learnt from it.

    Attributes:
        user_items: the fitted matrix, users × items CSR, float32.
        parameters: the arguments that it was constructed with.
    """

    user_items: csr_matrix
    parameters: dict[str, Any]

    def save(self, folder: Path) -> None:
        """Write the users' rows, what was learnt from them, and the parameters."""
        arrays = pack_csr("user_items", self.user_items) | self._learnt()
        write_artefact(folder, self.name, arrays, self.parameters)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises ArtefactError."""
        arrays, parameters = read_artefact(folder, cls.name)
        model = cls._constructed(parameters, arrays)
        model.user_items = unpack_csr("user_items", arrays)
        model._restore(arrays)
        return model

    @classmethod
    def _constructed(cls, parameters: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        """A model that is not fitted, from what was saved."""
        return cls(**parameters)

    @abstractmethod
    def _learnt(self) -> dict[str, np.ndarray]:
        """By name, the arrays beside `user_items` that the fitted model consists of."""

    @abstractmethod
    def _restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what `_learnt` told; `user_items` is there already."""


class HistoryModel(MemoryBased, FoldIn):
    """A model to which a user is a row of the matrix and nothing else: strangers score like fitted users."""

    def score(self, users: np.ndarray) -> np.ndarray:
        """Scores of fitted users: (len(users), n_items) float32, 0 for users without history."""
        return self.score_rows(self.user_items[users])


_BLOCK = 64
"""Items a block in `top_k`."""


def top_k(scores: np.ndarray, k: int, exclude: csr_matrix | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The k best items of each row, best first; ties go to the lower item number.

    Args:
        scores: (users, items) float32; items at 0 or below count as "no evidence" and are never listed.
        k: items a row at most.
        exclude: (users, items) CSR; items stored there are not listed.

    Returns:
        items: (users, min(k, items)) int32, padded with -1.
        values: the same shape, float32, padded with 0.
    """
    n_users, n_items = scores.shape
    k = min(k, n_items)
    n_blocks = -(-n_items // _BLOCK)
    evident = np.full((n_users, n_blocks * _BLOCK), -np.inf, dtype=np.float32)
    np.copyto(evident[:, :n_items], scores, where=scores > 0)
    if exclude is not None:
        rows = np.repeat(np.arange(n_users), np.diff(exclude.indptr))
        evident[rows, exclude.indices] = -np.inf
    items = _candidates(evident, k)
    values = np.take_along_axis(evident, items, axis=1)
    best = np.argsort(-values, axis=1, kind="stable")[:, :k]
    items = np.take_along_axis(items, best, axis=1).astype(np.int32)
    values = np.take_along_axis(values, best, axis=1)
    missing = ~np.isfinite(values)
    items[missing] = -1
    values[missing] = 0
    return items, values


def _candidates(scores: np.ndarray, k: int) -> np.ndarray:
    """Column numbers, rising, that hold each row's k best.

    Those k lie in the k blocks with the greatest maxima: an item in any other block is beaten by the
    best item of each of these (a tie of blocks goes to the lower, like a tie of items). Looking at
    maxima first is four times faster than partitioning rows of 68,000 products, and ties are exact.
    """
    n_users, width = scores.shape
    n_blocks = width // _BLOCK
    if n_blocks <= k:
        return np.broadcast_to(np.arange(width), scores.shape)
    maxima = scores.reshape(n_users, n_blocks, _BLOCK).max(axis=2)
    blocks = np.sort(np.argsort(-maxima, axis=1, kind="stable")[:, :k], axis=1)
    return (blocks[:, :, None] * _BLOCK + np.arange(_BLOCK)).reshape(n_users, -1)
