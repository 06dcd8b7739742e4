"""Purchases as integers: the one shape that every model, split and metric reads."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import polars as pl

from training import columns as c

GUEST = -1
"""The customer index of an order without one: its basket counts, but belongs to no visitor."""

SECONDS_PER_DAY = 86_400

ORDER = [c.ORDER_ID, c.CUSTOMER_ID]
"""What makes an order: two tills of one shop may count alike, but they do not share a customer."""


@dataclass(frozen=True, eq=False)
class Interactions:
    """One row for each product in each order, oldest first, and the map back to the shop's own ids.

    Attributes:
        customers: customer ids, sorted; position is the customer's index.
        products: product ids, sorted; position is the product's index.
        customer: (rows,) int32 index into `customers`, or `GUEST`.
        product: (rows,) int32 index into `products`.
        order: (rows,) int32, the order's number, rising with time.
        ordered_at: (rows,) int64, seconds since 1970 UTC, rising.
        quantity: (rows,) float32, units left after returns, above 0.
        now: seconds since 1970 UTC; ages count back from here, never from the clock.
    """

    customers: np.ndarray
    products: np.ndarray
    customer: np.ndarray
    product: np.ndarray
    order: np.ndarray
    ordered_at: np.ndarray
    quantity: np.ndarray
    now: int

    def __post_init__(self) -> None:
        rows = len(self.customer)
        if any(len(column) != rows for column in (self.product, self.order, self.ordered_at, self.quantity)):
            raise ValueError("the columns of Interactions differ in length")
        if rows and np.any(np.diff(self.ordered_at) < 0):
            raise ValueError("the rows of Interactions must run from oldest to newest")

    def __len__(self) -> int:
        return len(self.customer)

    @property
    def age_days(self) -> np.ndarray:
        """(rows,) float32: days from each row to `now`."""
        return ((self.now - self.ordered_at) / SECONDS_PER_DAY).astype(np.float32)

    @property
    def n_orders(self) -> int:
        """Orders with at least one row, guests' included."""
        return len(np.unique(self.order))

    def before(self, cut: int) -> Interactions:
        """The rows strictly before `cut` (seconds), under the same id maps, with `now` moved to the cut."""
        return replace(self._rows(self.ordered_at < cut), now=cut)

    def since(self, cut: int) -> Interactions:
        """The rows at or after `cut` (seconds), under the same id maps."""
        return self._rows(self.ordered_at >= cut)

    def known(self) -> Interactions:
        """The rows that have a customer."""
        return self._rows(self.customer != GUEST)

    def _rows(self, mask: np.ndarray) -> Interactions:
        kept = {
            f.name: getattr(self, f.name)[mask]
            for f in fields(self)
            if f.name in ("customer", "product", "order", "ordered_at", "quantity")
        }
        return replace(self, **kept)

    @classmethod
    def from_lines(
        cls, lines: pl.DataFrame, now: int | None = None, customers: pl.Series | None = None
    ) -> Interactions:
        """Build from clean order lines (`training.cleaning`).

        Args:
            lines: canonical columns order_id, customer_id (null for a guest), product_id,
                quantity (above 0), ordered_at (UTC datetime).
            now: seconds since 1970 UTC; default: the last order's time.
            customers: sorted ids to number, at least those of the lines; default: just those.
        """
        rows = (
            lines.group_by(*ORDER, c.PRODUCT_ID)
            .agg(pl.col(c.ORDERED_AT).min(), pl.col(c.QUANTITY).sum())
            .with_columns(pl.col(c.ORDERED_AT).dt.epoch("s"))
            .sort(c.ORDERED_AT, *ORDER, c.PRODUCT_ID)
        )
        customer_ids, customer = _index(rows[c.CUSTOMER_ID], customers)
        products, product = _index(rows[c.PRODUCT_ID])
        ordered_at = rows[c.ORDERED_AT].to_numpy().astype(np.int64)
        return cls(
            customers=customer_ids,
            products=products,
            customer=customer,
            product=product,
            order=_in_order_of_appearance(rows.select(ORDER)),
            ordered_at=ordered_at,
            quantity=rows[c.QUANTITY].to_numpy().astype(np.float32),
            now=int(ordered_at[-1]) if now is None and len(ordered_at) else int(now or 0),
        )


def _index(ids: pl.Series, all_ids: pl.Series | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Sorted distinct ids, and each row's position among them (`GUEST` for null)."""
    distinct = ids.drop_nulls().unique().sort() if all_ids is None else all_ids
    positions = pl.DataFrame({"id": distinct, "position": np.arange(len(distinct), dtype=np.int32)})
    joined = ids.to_frame("id").join(positions, on="id", how="left", maintain_order="left")
    return distinct.to_numpy().astype(object), joined["position"].fill_null(GUEST).to_numpy().astype(np.int32)


def _in_order_of_appearance(orders: pl.DataFrame) -> np.ndarray:
    numbers = orders.unique(maintain_order=True).with_row_index("number")
    joined = orders.join(numbers, on=ORDER, how="left", nulls_equal=True, maintain_order="left")
    return joined["number"].to_numpy().astype(np.int32)
