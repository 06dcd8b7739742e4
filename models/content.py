"""Content: items that are described alike, also those that nobody bought yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from scipy.sparse import csr_matrix

from models.artefact import pack_csr, unpack_csr
from models.item_knn import ItemKNN

_COMMON_SHARE = 0.1
_COMMON_ITEMS = 1_000
"""A token of more items than both of these finds no neighbours. "Own brand" tells little of what goes with
what, and time and memory grow with the square of the items of a token: 60 s for 68,000 products, 6 s
without."""


class ContentKNN(ItemKNN):
    """Scores an item by its likeness in content to what the user holds, each weighted by the count.

    The similarity is the cosine of the items' tokens (Lops, de Gemmis and Semeraro, "Content-based
    Recommender Systems: State of the Art and Trends", 2011); of each item the nearest are kept.

    Args:
        item_tokens: items × tokens CSR, float32, rows of length 1; row i tells of item i of the matrices that
            will be fitted, which may have fewer items.
        neighbours, with_itself: see `ItemKNN`.
    """

    name: ClassVar[str] = "content"

    def __init__(self, item_tokens: csr_matrix, neighbours: int = 50, with_itself: bool = True) -> None:
        super().__init__(neighbours, with_itself)
        self.item_tokens = item_tokens

    def fit(self, user_items: csr_matrix) -> Self:
        """Find the neighbours of all items, bought or not, of `user_items` (users × items CSR, float32).

        Raises:
            ValueError: it has more items than there are tokens for.
        """
        n_items = user_items.shape[1]
        if n_items > self.item_tokens.shape[0]:
            raise ValueError(f"tokens tell of {self.item_tokens.shape[0]} items, the matrix has {n_items}")
        self.user_items = user_items
        self.similarity = self.neighbours_in(self.item_tokens[:n_items].T.tocsr())
        return self

    @classmethod
    def _constructed(cls, parameters: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        return cls(unpack_csr("tokens", arrays), **parameters)

    def _learnt(self) -> dict[str, np.ndarray]:
        return super()._learnt() | pack_csr("tokens", self.item_tokens)

    def _weighted(self, rows: csr_matrix) -> csr_matrix:
        """The tokens × items that find neighbours, in the float64 of `all_pairs_knn`."""
        told = rows.astype(np.float64)
        held_by = np.diff(told.indptr)
        rare = held_by <= max(_COMMON_SHARE * told.shape[1], _COMMON_ITEMS)
        told.data *= np.repeat(rare, held_by)
        return told


def content_neighbours(item_tokens: csr_matrix, neighbours: int = 50) -> csr_matrix:
    """The nearest of each item by content: items × items CSR, float32; none is its own neighbour.

    Args:
        item_tokens: as of `ContentKNN`.
        neighbours: kept for each item.
    """
    return ContentKNN(item_tokens, neighbours, with_itself=False).neighbours_in(item_tokens.T.tocsr())


class GivenNeighbours(ItemKNN):
    """`ContentKNN` over neighbours that were found before: content does not change with the orders.

    Args:
        similarity: items × items CSR, float32, above 0; an item is not its own neighbour.
    """

    name: ClassVar[str] = "given_neighbours"

    def __init__(self, similarity: csr_matrix) -> None:
        super().__init__(neighbours=int(np.diff(similarity.indptr).max(initial=0)), with_itself=False)
        self.similarity = similarity

    def fit(self, user_items: csr_matrix) -> Self:
        """Remember `user_items` (users × items CSR, float32, above 0)."""
        self.user_items = user_items
        return self

    @classmethod
    def _constructed(cls, parameters: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> Self:
        return cls(unpack_csr("similarity", arrays))
