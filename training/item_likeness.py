"""How alike products are by what is told of them, whoever bought them."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from scipy.sparse import csr_matrix

from models.content import content_neighbours
from training.catalog import ProductTable
from training.item_attributes import attributes_of


@dataclass(frozen=True, eq=False)
class ItemLikeness:
    """Looked for when it is asked for, and once: it takes seconds, and not everybody wants it.

    Attributes:
        tokens: items × tokens CSR, float32, as of `ItemAttributes`.
    """

    tokens: csr_matrix

    @functools.cached_property
    def neighbours(self) -> csr_matrix:
        """The nearest of each item: items × items CSR, float32; none is its own neighbour."""
        return content_neighbours(self.tokens)

    @classmethod
    def of(cls, catalog: ProductTable, n_sold: int) -> ItemLikeness:
        """Of the products sold, the first ones of the table."""
        return cls(attributes_of(catalog).tokens[:n_sold])
