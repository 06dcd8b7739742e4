"""From order lines as read to purchases that stand: duplicates merged, returns taken back, all accounted for.

Every row read ends in exactly one of four places: kept, merged, ignored or quarantined (docs/orders.md).
The result depends on the rows alone, not on their order in the files or the files' order.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from training import columns as c
from training.connectors.order_rows import CANCELLED, REFUNDED
from training.errors import InputRefused
from training.order_copies import latest_copies, state_rank
from training.quarantine import listed, require_at_most
from training.reading import StagedOrders
from training.returns import take_back

IDENTITY = [c.ORDER_ID, c.CUSTOMER_ID, c.PRODUCT_ID, c.QUANTITY, c.UNIT_PRICE, c.ORDERED_AT]
"""Two rows alike in all of these are one line that was exported twice. Lines of one order that have the
same product but another quantity, price or time are lines of their own, and their quantities add up."""

LINE_COLUMNS = [*IDENTITY, c.CURRENCY, c.TITLE, c.SOURCE, c.LINE]


@dataclass(frozen=True)
class Accounting:
    """Where each row read has gone.

    Attributes:
        read: rows read; kept, merged: rows; ignored, quarantined: rows by reason.
    """

    read: int
    kept: int
    merged: int
    ignored: dict[str, int]
    quarantined: dict[str, int]

    def check(self) -> None:
        """Raises `AssertionError` where the sum does not hold: a fault of ours, never of the data."""
        told = self.kept + self.merged + sum(self.ignored.values()) + sum(self.quarantined.values())
        if told != self.read:
            raise AssertionError(f"{self.read} rows were read, but {told} are accounted for: {self}")

    def require_usable(self, max_quarantined: float) -> None:
        """Raises `InputRefused` if a larger share than `max_quarantined` is bad, or nothing is left."""
        require_at_most(max_quarantined, self.quarantined, self.read, "order rows")
        if not self.kept:
            raise InputRefused(
                f"none of the {self.read} order rows is a purchase: {listed(self.ignored | self.quarantined)}"
            )


@dataclass(frozen=True, eq=False)
class CleanOrders:
    """Purchases that stand.

    Attributes:
        lines: `LINE_COLUMNS`, oldest first; quantity is above 0 and reduced by returns; `customer_id` is
            null for a guest; `ordered_at` is in UTC.
        customers: ids of all who ever bought, sorted; those who gave everything back included.
        accounting: where every row read has gone.
    """

    lines: pl.DataFrame
    customers: pl.Series
    accounting: Accounting


def clean(staged: StagedOrders, *, as_of: int | None = None) -> CleanOrders:
    """Apply the rules of docs/orders.md.

    Args:
        staged: rows from `training.reading`.
        as_of: seconds since 1970 UTC; what was ordered or returned later is ignored. Default: nothing is.
    """
    distinct = _without_duplicates(latest_copies(staged.lines))
    reasons = distinct.with_columns(_ignored_because(as_of).alias(c.IGNORED))
    counting = reasons.filter(pl.col(c.IGNORED).is_null())
    lines, used_up, unmatched = take_back(counting)
    ignored = _counts(reasons[c.IGNORED].drop_nulls())
    if unmatched:
        ignored["unmatched_return"] = unmatched
    accounting = Accounting(
        read=staged.read,
        kept=lines.height,
        merged=staged.lines.height - distinct.height + used_up,
        ignored=ignored,
        quarantined=staged.quarantine.counts(),
    )
    accounting.check()
    # A refunded order was bought, whether its export says so by a status or by rows that take it back.
    bought = pl.col(c.IGNORED).fill_null(REFUNDED) == REFUNDED
    customers = reasons.filter(bought, pl.col(c.QUANTITY) > 0)[c.CUSTOMER_ID].drop_nulls().unique().sort()
    return CleanOrders(lines.select(LINE_COLUMNS).sort(c.ORDERED_AT, *LINE_COLUMNS), customers, accounting)


def _without_duplicates(lines: pl.DataFrame) -> pl.DataFrame:
    # Lines alike within one copy of an order are as many lines: a platform writes none of them twice.
    repeated = pl.struct(IDENTITY).is_duplicated() & pl.col(c.COPY).is_null()
    # Overlapping exports show one line in several states; the one that an order reaches last holds.
    # Only the repeated rows are sorted: most files have few, and sorting all of them costs seconds.
    lines = lines.with_columns(repeated.alias("repeated"))
    first = (
        lines.filter("repeated")
        .sort(state_rank(), c.IGNORED, c.CURRENCY, c.TITLE, c.SOURCE, c.LINE, nulls_last=True)
        .unique(IDENTITY, keep="first", maintain_order=True)
    )
    return pl.concat([lines.filter(~pl.col("repeated")), first]).drop("repeated")


def _ignored_because(as_of: int | None) -> pl.Expr:
    too_late = pl.lit(False)
    if as_of is not None:
        # In whole seconds, as `as_of` is: what was ordered within that very second counts.
        too_late = pl.col(c.ORDERED_AT).dt.epoch("s") > as_of
    is_return = pl.col(c.QUANTITY) < 0
    return pl.coalesce(
        c.IGNORED,
        pl.when(too_late).then(pl.lit("after_as_of")),
        pl.when(pl.col(c.STATUS) == CANCELLED).then(pl.lit("cancelled")),
        # A shop may note what it paid back as a negative line with this very status: that is a return.
        pl.when((pl.col(c.STATUS) == REFUNDED) & ~is_return).then(pl.lit("refunded")),
        pl.when(pl.col(c.QUANTITY) == 0).then(pl.lit("zero_quantity")),
    )


def _counts(reasons: pl.Series) -> dict[str, int]:
    by_reason = reasons.value_counts(name="rows").sort("rows", reasons.name, descending=[True, False])
    return dict(by_reason.iter_rows())
