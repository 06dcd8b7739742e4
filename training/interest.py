"""What visitors looked at and put in their carts: worth less than an order, and known earlier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from training import columns as c
from training.events_config import EventsConfig
from training.numbering import NO_ID
from training.visitor_events import AT, KIND, KINDS, VISITOR, VisitorEvents


@dataclass(frozen=True, eq=False)
class Interest:
    """One row for each visitor, product, day (UTC) and kind of event: more of it on one day counts once.

    Attributes:
        customer: (rows,) int32 index of a customer of the orders, or `NO_ID`.
        visitor: (rows,) int32, number of the visitor.
        product: (rows,) int32 index of a product of the orders.
        at: (rows,) int64, seconds since 1970 UTC, of the first on that day.
        weight: (rows,) float32, in orders, above 0.
    """

    customer: np.ndarray
    visitor: np.ndarray
    product: np.ndarray
    at: np.ndarray
    weight: np.ndarray

    def __len__(self) -> int:
        return len(self.product)

    @classmethod
    def of(
        cls, events: VisitorEvents, customers: np.ndarray, products: np.ndarray, worth: EventsConfig
    ) -> Self:
        """What events say of customers and products that orders know.

        Args:
            events: a purchase that names an order is one of these, and no interest.
            customers, products: ids, position is the index.
            worth: of each kind.
        """
        weight = {kind: float(getattr(worth, kind)) for kind in KINDS.values()}
        rows = (
            events.rows.filter((pl.col(KIND) != "purchase") | pl.col(c.ORDER_ID).is_null())
            .with_columns(weight=pl.col(KIND).replace_strict(weight, return_dtype=pl.Float32))
            .filter(pl.col("weight") > 0)
            .join(_indexed(c.PRODUCT_ID, products), on=c.PRODUCT_ID)
            .join(_indexed(c.CUSTOMER_ID, customers), on=c.CUSTOMER_ID, how="left")
            .sort(AT, VISITOR, c.PRODUCT_ID, KIND)
            .with_columns(day=pl.col(AT).dt.date())
            .unique([VISITOR, c.PRODUCT_ID, KIND, "day"], keep="first", maintain_order=True)
        )
        return cls(
            customer=rows[f"{c.CUSTOMER_ID}_index"].fill_null(NO_ID).to_numpy().astype(np.int32),
            visitor=rows[VISITOR].rank("dense").to_numpy().astype(np.int32) - 1,
            product=rows[f"{c.PRODUCT_ID}_index"].to_numpy().astype(np.int32),
            at=rows[AT].dt.epoch("s").to_numpy().astype(np.int64),
            weight=rows["weight"].to_numpy(),
        )

    def before(self, cut: int) -> Self:
        """The rows strictly before `cut`, seconds since 1970 UTC."""
        return self._rows(self.at < cut)

    def of_customers(self) -> Self:
        """The rows of customers."""
        return self._rows(self.customer != NO_ID)

    def of_strangers(self) -> Self:
        """The rows of visitors who are no customers."""
        return self._rows(self.customer == NO_ID)

    def _rows(self, mask: np.ndarray) -> Self:
        return type(self)(*(column[mask] for column in vars(self).values()))


def _indexed(name: str, ids: np.ndarray) -> pl.DataFrame:
    index = np.arange(len(ids), dtype=np.int32)
    return pl.DataFrame({name: pl.Series(ids.tolist(), dtype=pl.String), f"{name}_index": index})
