"""Purchases as integers: the one shape that every model, split and metric reads."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from training import columns as c
from training.cleaning import IDS, CleanOrders
from training.interest import Interest
from training.item_likeness import ItemLikeness
from training.numbering import NO_ID, Numbered, in_pairs, number

GUEST = NO_ID
"""The customer index of an order without one: its basket counts, but belongs to no visitor."""

SECONDS_PER_DAY = 86_400

ROW_COLUMNS = ("customer", "product", "order", "ordered_at", "quantity", "unit_price")
"""The columns of `Interactions`."""


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
        unit_price: (rows,) float32, what a unit was sold for; NaN where nobody tells.
        now: seconds since 1970 UTC; ages count back from here, never from the clock.
        likeness: of the products, by what is told of them; None where nothing is.
        interest: what visitors did beside buying; None where nobody tells.
    """

    customers: np.ndarray
    products: np.ndarray
    customer: np.ndarray
    product: np.ndarray
    order: np.ndarray
    ordered_at: np.ndarray
    quantity: np.ndarray
    unit_price: np.ndarray
    now: int
    likeness: ItemLikeness | None = None
    interest: Interest | None = None

    def __post_init__(self) -> None:
        rows = len(self.customer)
        if any(len(getattr(self, column)) != rows for column in ROW_COLUMNS):
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
        interest = None if self.interest is None else self.interest.before(cut)
        return replace(self._rows(self.ordered_at < cut), now=cut, interest=interest)

    def since(self, cut: int) -> Interactions:
        """The rows at or after `cut` (seconds), under the same id maps."""
        return self._rows(self.ordered_at >= cut)

    def described_by(self, likeness: ItemLikeness) -> Interactions:
        """The same rows, with what is told of the products."""
        return replace(self, likeness=likeness)

    def with_interest(self, interest: Interest) -> Interactions:
        """The same rows, with what visitors did beside buying."""
        return replace(self, interest=interest)

    def known(self) -> Interactions:
        """The rows that have a customer."""
        return self._rows(self.customer != GUEST)

    def _rows(self, mask: np.ndarray) -> Interactions:
        return replace(self, **{name: getattr(self, name)[mask] for name in ROW_COLUMNS})

    @classmethod
    def from_lines(
        cls, lines: pl.DataFrame, now: int | None = None, customers: pl.Series | None = None
    ) -> Interactions:
        """Build from clean order lines (`training.cleaning`).

        Args:
            lines: canonical columns order_id, customer_id (null for a guest), product_id,
                quantity (above 0), unit_price (null where unknown), ordered_at (UTC datetime).
            now: seconds since 1970 UTC; default: the last order's time.
            customers: sorted ids to number, at least those of the lines; default: just those.
        """
        numbered = {name: number(lines[name]) for name in IDS}
        everyone = numbered[c.CUSTOMER_ID].ids if customers is None else customers
        return cls._from_numbers(lines, numbered, everyone, now)

    @classmethod
    def from_clean(cls, orders: CleanOrders, now: int | None = None) -> Interactions:
        """Build from what `training.cleaning` left, with all customers who ever bought.

        Args:
            now: seconds since 1970 UTC; default: the last order's time.
        """
        return cls._from_numbers(orders.kept, orders.numbered, orders.customers, now)

    @classmethod
    def _from_numbers(
        cls, lines: pl.DataFrame, numbered: dict[str, Numbered], customers: pl.Series, now: int | None
    ) -> Interactions:
        customer = numbered[c.CUSTOMER_ID].among(customers)
        product = numbered[c.PRODUCT_ID].in_use()
        rows = _one_a_product(
            pl.DataFrame(
                {
                    c.ORDERED_AT: lines[c.ORDERED_AT].dt.epoch("s"),
                    c.ORDER_ID: numbered[c.ORDER_ID].numbers,
                    c.CUSTOMER_ID: customer.numbers,
                    c.PRODUCT_ID: product.numbers,
                    c.QUANTITY: lines[c.QUANTITY],
                    c.UNIT_PRICE: lines[c.UNIT_PRICE],
                }
            )
        )
        ordered_at = rows[c.ORDERED_AT].to_numpy()
        return cls(
            customers=customer.ids.to_numpy().astype(object),
            products=product.ids.to_numpy().astype(object),
            customer=rows[c.CUSTOMER_ID].to_numpy(),
            product=rows[c.PRODUCT_ID].to_numpy(),
            order=_in_order_of_appearance(rows[c.ORDER_ID].to_numpy(), rows[c.CUSTOMER_ID].to_numpy()),
            ordered_at=ordered_at,
            quantity=rows[c.QUANTITY].cast(pl.Float32).to_numpy(),
            unit_price=rows[c.UNIT_PRICE].cast(pl.Float32).fill_null(np.nan).to_numpy(),
            now=int(ordered_at[-1]) if now is None and len(ordered_at) else int(now or 0),
        )


def _one_a_product(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of numbers, oldest first; lines of one product in one order are one, at the first time.

    Their quantities add up; the price is the mean over the units.
    """
    if not _is_sorted(rows, by=[c.ORDERED_AT, *IDS]):
        rows = rows.sort(c.ORDERED_AT, *IDS)
    # Few products stand in an order twice: only those that do are added up.
    is_repeated = in_pairs(rows[c.ORDER_ID].to_numpy(), rows[c.PRODUCT_ID].to_numpy())
    if not is_repeated.any():
        return rows
    added = (
        rows.with_row_index("row")
        .filter(is_repeated)
        .group_by(IDS)
        .agg(pl.col("row").min(), pl.col(c.QUANTITY).sum(), _mean_price())
    )
    summed = [rows[name].scatter(added["row"], added[name]) for name in (c.QUANTITY, c.UNIT_PRICE)]
    return rows.with_columns(summed).filter((~is_repeated).scatter(added["row"], True))


def _mean_price() -> pl.Expr:
    """Over the units; unknown where a line's price is."""
    spent = (pl.col(c.UNIT_PRICE) * pl.col(c.QUANTITY)).sum()
    known = pl.col(c.UNIT_PRICE).is_not_null().all()
    return pl.when(known).then(spent / pl.col(c.QUANTITY).sum()).alias(c.UNIT_PRICE)


def _is_sorted(rows: pl.DataFrame, by: list[str]) -> bool:
    """Whether the rows rise by these columns of integers, the first one deciding first."""
    alike = np.ones(max(rows.height - 1, 0), dtype=bool)
    rising = np.zeros_like(alike)
    for name in by:
        values = rows[name].to_numpy()
        rising |= alike & (values[1:] > values[:-1])
        alike &= values[1:] == values[:-1]
    return bool(np.all(rising | alike))


def _in_order_of_appearance(order: np.ndarray, customer: np.ndarray) -> np.ndarray:
    """(rows,) int32: the number of each row's order, which is its number and its customer's, from 0."""
    starts = np.ones(len(order), dtype=bool)
    starts[1:] = (order[1:] != order[:-1]) | (customer[1:] != customer[:-1])
    # Rows of one order mostly stand together: numbering their runs is a tenth of the work.
    runs = order[starts].astype(np.int64) * (customer.max(initial=0) + 2) + customer[starts]
    _, first, order_of_run = np.unique(runs, return_index=True, return_inverse=True)
    appearance = np.empty(len(first), dtype=np.int32)
    appearance[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    return appearance[order_of_run][np.cumsum(starts, dtype=np.int32) - 1]
