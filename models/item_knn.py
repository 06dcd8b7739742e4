"""Item-item neighbours: items that the same users (or the same baskets) hold, under three weightings."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from implicit.nearest_neighbours import all_pairs_knn, bm25_weight, normalize, tfidf_weight
from scipy.sparse import csr_matrix

from models.artefact import pack_csr, read_artefact, unpack_csr, write_artefact
from models.base import Recommender


class ItemKNN(Recommender):
    """Scores an item by the sum of its similarities to what the user holds, each weighted by the count.

    `similarity` is items × items CSR, float32, above 0: row i holds the `neighbours` items most
    similar to i (Deshpande and Karypis, "Item-Based Top-N Recommendation Algorithms", 2004).

    Args:
        neighbours: kept for each item.
    """

    def __init__(self, neighbours: int = 100) -> None:
        self.parameters: dict[str, Any] = {"neighbours": neighbours}

    def fit(self, user_items: csr_matrix) -> Self:
        """Find the neighbours of all items in `user_items` (users × items CSR, float32, above 0)."""
        self.user_items = user_items
        self.similarity = self.neighbours_in(user_items)
        return self

    def neighbours_in(self, rows: csr_matrix) -> csr_matrix:
        """The similarity matrix that `rows` give (users or baskets × items CSR): items × items CSR."""
        if rows.nnz == 0:
            return csr_matrix((rows.shape[1], rows.shape[1]), dtype=np.float32)
        # all_pairs_knn counts an item among its own neighbours: one more, so that `neighbours` others stay.
        k = self.parameters["neighbours"] + 1
        found = all_pairs_knn(self._weighted(rows), k, show_progress=False).tocsr().astype(np.float32)
        found.data[found.data < 0] = 0
        found.eliminate_zeros()
        found.sort_indices()
        return found

    def score(self, users: np.ndarray) -> np.ndarray:
        """Summed similarities: (len(users), n_items) float32, 0 for users without history."""
        return (self.user_items[users] @ self.similarity).toarray()

    def save(self, folder: Path) -> None:
        """Write the users' rows, the similarities and the parameters."""
        arrays = pack_csr("user_items", self.user_items) | pack_csr("similarity", self.similarity)
        write_artefact(folder, self.name, arrays, self.parameters)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises ArtefactError."""
        arrays, parameters = read_artefact(folder, cls.name)
        model = cls(**parameters)
        model.user_items = unpack_csr("user_items", arrays)
        model.similarity = unpack_csr("similarity", arrays)
        return model

    def _weighted(self, rows: csr_matrix) -> csr_matrix:
        raise NotImplementedError


class CosineKNN(ItemKNN):
    """Similarity = cosine of the items' columns."""

    name: ClassVar[str] = "cosine"

    def _weighted(self, rows: csr_matrix) -> csr_matrix:
        return normalize(rows.T).T.tocsr()


class TfidfKNN(ItemKNN):
    """Cosine after weighting each user by ln(items / items held): who buys everything tells little."""

    name: ClassVar[str] = "tfidf"

    def _weighted(self, rows: csr_matrix) -> csr_matrix:
        return normalize(tfidf_weight(rows.T)).T.tocsr()


class BM25KNN(ItemKNN):
    """Dot product after BM25 weights, users as terms of an item's document (Robertson and Zaragoza 2009).

    Args:
        neighbours: kept for each item.
        k1: how soon a count saturates.
        b: how much an item's length, its popularity, is held against it: 0 not at all, 1 fully.
    """

    name: ClassVar[str] = "bm25"

    def __init__(self, neighbours: int = 100, k1: float = 1.2, b: float = 0.75) -> None:
        super().__init__(neighbours)
        self.parameters |= {"k1": k1, "b": b}

    def _weighted(self, rows: csr_matrix) -> csr_matrix:
        return bm25_weight(rows.T, self.parameters["k1"], self.parameters["b"]).T.tocsr()
