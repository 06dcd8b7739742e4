"""Item-item neighbours: items that the same users (or the same baskets) hold, under three weightings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Self

import numpy as np
from implicit.nearest_neighbours import all_pairs_knn
from scipy.sparse import csr_matrix

from models.artefact import pack_csr, unpack_csr
from models.base import HistoryModel

_EXPLAINED_AT_ONCE = 4_000_000
"""Neighbours that `explaining_items` looks at in one go: about 200 MB."""


class ItemKNN(HistoryModel):
    """Scores an item by the sum of its similarities to what the user holds, each weighted by the count.

    `similarity` is items × items CSR, float32, above 0: row i holds the `neighbours` items most
    similar to i (Deshpande and Karypis, "Item-Based Top-N Recommendation Algorithms", 2004).

    Args:
        neighbours: kept for each item, itself not counted.
        with_itself: an item is its own neighbour too, so that what a user holds speaks for itself.
    """

    def __init__(self, neighbours: int = 100, with_itself: bool = True) -> None:
        self.parameters = {"neighbours": neighbours, "with_itself": with_itself}

    def fit(self, user_items: csr_matrix) -> Self:
        """Find the neighbours of all items in `user_items` (users × items CSR, float32, above 0)."""
        return self.fit_among(user_items, user_items)

    def fit_among(self, user_items: csr_matrix, rows: csr_matrix) -> Self:
        """`fit`, but with the neighbours that `rows` give, users or others × items CSR."""
        self.user_items = user_items
        self.similarity = self.neighbours_in(rows)
        return self

    def neighbours_in(self, rows: csr_matrix) -> csr_matrix:
        """The similarity matrix that `rows` give (users or baskets × items CSR): items × items CSR."""
        if rows.nnz == 0:
            return csr_matrix(rows.T @ rows)  # nothing is similar to anything
        # all_pairs_knn counts an item among its own neighbours: one more, so that `neighbours` others stay.
        k = self.parameters["neighbours"] + 1
        found = all_pairs_knn(self._weighted(rows), k, show_progress=False).tocsr().astype(np.float32)
        if not self.parameters["with_itself"]:
            found.setdiag(0)
        found.eliminate_zeros()
        found.sort_indices()
        return found

    def score_rows(self, rows: csr_matrix) -> np.ndarray:
        """Summed similarities: (users, n_items) float32, 0 for rows (users × items CSR) that are empty."""
        return (rows @ self.similarity).toarray()

    def explaining_items(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Why each item: the user's other item that adds most to its score (count × similarity).

        Args:
            users: (n,) row numbers of the fitted matrix.
            items: (n, k) item numbers, -1 for "no item".

        Returns:
            (n, k) int32 item numbers; -1 where nothing else the user holds is similar to the item.
        """
        found = np.full(items.shape, -1, dtype=np.int32)
        for rows in self._chunks(users):
            found[rows] = self._explain(self.user_items[users[rows]], items[rows])
        return found

    def _learnt(self) -> dict[str, np.ndarray]:
        return pack_csr("similarity", self.similarity)

    def _restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        self.similarity = unpack_csr("similarity", arrays)

    def _weighted(self, rows: csr_matrix) -> csr_matrix:
        raise NotImplementedError

    def _chunks(self, users: np.ndarray) -> Iterator[slice]:
        """Slices of users whose items have about `_EXPLAINED_AT_ONCE` neighbours in all."""
        average = max(1, self.parameters["neighbours"]) * max(
            1.0, self.user_items.nnz / self.user_items.shape[0]
        )
        size = max(1, int(_EXPLAINED_AT_ONCE / average))
        for start in range(0, len(users), size):
            yield slice(start, start + size)

    def _explain(self, history: csr_matrix, items: np.ndarray) -> np.ndarray:
        n_users, n_items = history.shape
        user, rank = np.nonzero(items >= 0)
        listed_at = np.full((n_users, n_items), -1, dtype=np.int32)
        listed_at[user, items[user, rank]] = rank
        # Each item a user holds is spread out to its neighbours; kept are those on the user's list.
        neighbours = np.diff(self.similarity.indptr)[history.indices]
        holder = np.repeat(np.repeat(np.arange(n_users), np.diff(history.indptr)), neighbours)
        held = np.repeat(history.indices, neighbours)
        begins = np.repeat(self.similarity.indptr[history.indices] - _starts(neighbours), neighbours)
        entry = begins + np.arange(len(held))
        target = self.similarity.indices[entry]
        at = listed_at[holder, target]
        kept = (at >= 0) & (target != held)
        strength = (np.repeat(history.data, neighbours) * self.similarity.data[entry])[kept]
        weakest_first = np.argsort(strength, kind="stable")
        found = np.full(items.shape, -1, dtype=np.int32)
        # Of several values for one place, the last assigned stays: the strongest.
        found[holder[kept][weakest_first], at[kept][weakest_first]] = held[kept][weakest_first]
        return found


def _starts(lengths: np.ndarray) -> np.ndarray:
    """Where each of several runs begins when they are laid end to end."""
    return np.cumsum(lengths) - lengths


class CosineKNN(ItemKNN):
    """Cosine of the items' columns, damped: columns a, b are at a·b / √((a·a + damping)(b·b + damping)).

    Two items that stand in one single basket together have a cosine of 1, and say nothing. Damping
    draws what is rarely seen towards 0, like the shrinkage of Bell and Koren ("Scalable Collaborative
    Filtering with Jointly Derived Neighborhood Interpolation Weights", 2007), but before the
    neighbours are chosen.

    Args:
        neighbours, with_itself: see `ItemKNN`.
        damping: in rows, where the matrix holds ones; 0 is the plain cosine.
    """

    name: ClassVar[str] = "cosine"

    def __init__(self, neighbours: int = 100, with_itself: bool = True, damping: float = 0) -> None:
        super().__init__(neighbours, with_itself)
        self.parameters |= {"damping": damping}

    def _weighted(self, rows: csr_matrix) -> csr_matrix:
        return _unit_columns(rows, rows.data, self.parameters["damping"])


class TfidfKNN(ItemKNN):
    """Cosine of columns of √count × idf: who buys everything tells little about what goes with what."""

    name: ClassVar[str] = "tfidf"

    def _weighted(self, rows: csr_matrix) -> csr_matrix:
        return _unit_columns(rows, np.sqrt(rows.data) * _idf(rows))


class BM25KNN(ItemKNN):
    """Dot product after BM25 weights, users as terms of an item's document (Robertson and Zaragoza 2009).

    Args:
        neighbours, with_itself: see `ItemKNN`.
        k1: how soon a count saturates.
        b: how much an item's length, its popularity, is held against it: 0 not at all, 1 fully.
    """

    name: ClassVar[str] = "bm25"

    def __init__(
        self, neighbours: int = 100, with_itself: bool = True, k1: float = 1.2, b: float = 0.75
    ) -> None:
        super().__init__(neighbours, with_itself)
        self.parameters |= {"k1": k1, "b": b}

    def _weighted(self, rows: csr_matrix) -> csr_matrix:
        k1, b = self.parameters["k1"], self.parameters["b"]
        length = _column_sums(rows, rows.data)
        relative = length[rows.indices] / length[length > 0].mean()
        saturated = rows.data * (k1 + 1) / (rows.data + k1 * (1 - b + b * relative))
        return _with_data(rows, saturated * _idf(rows))


def _idf(rows: csr_matrix) -> np.ndarray:
    """ln(1 + items / items that the row holds), for each stored entry.

    Above 0 also in a shop of three products, where the usual ln(items / held) is not.
    """
    held = np.diff(rows.indptr)
    return np.repeat(np.log1p(rows.shape[1] / np.maximum(held, 1)), held)


def _unit_columns(rows: csr_matrix, data: np.ndarray, damping: float = 0) -> csr_matrix:
    norms = np.sqrt(_column_sums(rows, data**2) + damping)
    return _with_data(rows, data / norms[rows.indices])


def _column_sums(rows: csr_matrix, data: np.ndarray) -> np.ndarray:
    return np.bincount(rows.indices, data, minlength=rows.shape[1])


def _with_data(rows: csr_matrix, data: np.ndarray) -> csr_matrix:
    """The same places, other values: what `all_pairs_knn` takes, in its float64."""
    return csr_matrix((data, rows.indices, rows.indptr), shape=rows.shape, dtype=np.float64)
