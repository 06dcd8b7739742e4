"""What the doctor looks at: the same history as rows read, as purchases that stand, and order by order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from training.catalog import Catalog, ProductTable
from training.cleaning import CleanOrders
from training.interactions import GUEST, Interactions
from training.reading import StagedOrders


@dataclass(frozen=True, eq=False)
class OrderTable:
    """One row an order, oldest first.

    Attributes:
        number: (orders,) int32, as in `Interactions.order`, rising.
        customer: (orders,) int32 customer index, or `GUEST`.
        ordered_at: (orders,) int64 seconds since 1970 UTC of the order's first line, rising.
        size: (orders,) int64 distinct products.
    """

    number: np.ndarray
    customer: np.ndarray
    ordered_at: np.ndarray
    size: np.ndarray

    def __len__(self) -> int:
        return len(self.number)

    @classmethod
    def of(cls, interactions: Interactions) -> OrderTable:
        """Built in one pass: a run does this too, and it must cost next to nothing there."""
        size = np.bincount(interactions.order)
        customer = np.full(len(size), GUEST, dtype=np.int32)
        ordered_at = np.zeros(len(size), dtype=np.int64)
        # An order's lines stand together but for few; backwards, so that its first one has the last word.
        begins = np.append(True, interactions.order[1:] != interactions.order[:-1])
        starts = np.flatnonzero(begins[: len(interactions)])[::-1]
        customer[interactions.order[starts]] = interactions.customer[starts]
        ordered_at[interactions.order[starts]] = interactions.ordered_at[starts]
        number = np.flatnonzero(size).astype(np.int32)
        return cls(number, customer[number], ordered_at[number], size[number])

    @property
    def known(self) -> np.ndarray:
        """(orders,) bool: has a customer."""
        return self.customer != GUEST


@dataclass(frozen=True, eq=False)
class History:
    """One history in all its shapes.

    Attributes:
        staged: rows as read.
        orders: purchases that stand.
        interactions: the same as integers.
        catalog: as read; empty where none was named.
        products: what the service would know of each product.
        clock: seconds since 1970 UTC at which the doctor looks: only to tell future dates and old files.
    """

    staged: StagedOrders
    orders: CleanOrders
    interactions: Interactions
    catalog: Catalog
    products: ProductTable
    clock: int

    @cached_property
    def table(self) -> OrderTable:
        return OrderTable.of(self.interactions)
