"""What the orders tell of the products of a version: all that a later catalogue needs of them."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import polars as pl

from training.global_lists import popularity, trend
from training.interactions import Interactions

POPULARITY = "popularity"
TREND = "trend"
ORDERS = "orders"
RANKED = "ranked"

_NOW = "now"


@dataclass(frozen=True, eq=False)
class Sales:
    """A version's sold products, in the order of their indices.

    Attributes:
        products: a row a product: the columns of `training.catalog.told_by_orders`; `popularity` and `trend`
            (`training.global_lists`); `orders`, how many had it; `ranked`, whether the version's lists for
            customers and products may hold it.
        now: the version's, seconds since 1970 UTC.
    """

    products: pl.DataFrame
    now: int

    def __len__(self) -> int:
        return len(self.products)

    @classmethod
    def of(cls, interactions: Interactions, told: pl.DataFrame, ranked: np.ndarray) -> Sales:
        """From orders; `told` and `ranked` have a row for each of `interactions.products`."""
        n = len(interactions.products)
        products = told.with_columns(
            pl.Series(POPULARITY, popularity(interactions)),
            pl.Series(TREND, trend(interactions)),
            pl.Series(ORDERS, np.bincount(interactions.product, minlength=n)),
            pl.Series(RANKED, ranked),
        )
        return cls(products, interactions.now)

    def packed(self) -> bytes:
        """As Parquet, with `now` in its metadata."""
        file = io.BytesIO()
        self.products.write_parquet(file, metadata={_NOW: str(self.now)})
        return file.getvalue()

    @classmethod
    def unpacked(cls, packed: bytes) -> Sales:
        """What `packed` gave."""
        metadata = pl.read_parquet_metadata(io.BytesIO(packed))
        return cls(pl.read_parquet(io.BytesIO(packed)), int(metadata[_NOW]))

    def column(self, name: str) -> np.ndarray:
        """(products,) one of the columns."""
        return self.products[name].to_numpy()
