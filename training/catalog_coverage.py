"""Whether the catalogue and the orders speak of the same products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from training import columns as c
from training.catalog import Catalog
from training.interactions import Interactions

EXAMPLES = 5


@dataclass(frozen=True)
class CatalogCoverage:
    """How far a catalogue covers what was sold.

    Attributes:
        read, merged, quarantined: rows of the catalogue; `ignored` by reason.
        products: in the catalogue.
        out_of_stock: of those, what cannot be ordered.
        sold: products in the orders.
        sold_not_listed: of those, what the catalogue lacks.
        sold_not_listed_share: their share of all purchases (a product in an order is one), 0 to 1.
        sold_not_listed_examples: some of their ids, the most purchased first.
        listed_not_sold: products of the catalogue that no order has.
        listed_not_sold_examples: some of their ids, in the catalogue's order.
    """

    read: int
    merged: int
    ignored: dict[str, int]
    quarantined: int
    products: int
    out_of_stock: int
    sold: int
    sold_not_listed: int
    sold_not_listed_share: float
    sold_not_listed_examples: tuple[str, ...]
    listed_not_sold: int
    listed_not_sold_examples: tuple[str, ...]

    @property
    def shares_nothing(self) -> bool:
        """Whether the two have no product in common, as when they go by different ids."""
        return self.products > 0 and self.sold_not_listed == self.sold


def catalog_coverage(catalog: Catalog, interactions: Interactions) -> CatalogCoverage:
    """Compare a catalogue with the products of clean orders."""
    sold = pl.Series(list(interactions.products), dtype=pl.String)
    return coverage_of_sold(catalog, sold, np.bincount(interactions.product, minlength=len(sold)))


def coverage_of_sold(catalog: Catalog, sold: pl.Series, purchases: np.ndarray) -> CatalogCoverage:
    """Compare a catalogue with what was sold.

    Args:
        sold: product ids.
        purchases: (sold,) how many orders have each.
    """
    listed = catalog.rows[c.PRODUCT_ID]
    missing = np.flatnonzero(~sold.is_in(listed.implode()).to_numpy())
    missing = missing[np.argsort(-purchases[missing], kind="stable")]
    unsold = listed.filter(~listed.is_in(sold.implode()))
    return CatalogCoverage(
        read=catalog.read,
        merged=catalog.merged,
        ignored=catalog.ignored,
        quarantined=len(catalog.quarantine),
        products=len(listed),
        out_of_stock=int((~catalog.rows[c.IN_STOCK].fill_null(True)).sum()),
        sold=len(sold),
        sold_not_listed=len(missing),
        sold_not_listed_share=round(float(purchases[missing].sum() / max(purchases.sum(), 1)), 6),
        sold_not_listed_examples=tuple(sold.gather(missing[:EXAMPLES])),
        listed_not_sold=len(unsold),
        listed_not_sold_examples=tuple(unsold.head(EXAMPLES)),
    )
