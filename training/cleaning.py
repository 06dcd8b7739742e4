"""From order lines as read to purchases that stand: duplicates merged, returns taken back, all accounted for.

Every row read ends in exactly one of four places: kept, merged, ignored or quarantined (docs/orders.md).
The result depends on the rows alone, not on their order in the files or the files' order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from training import columns as c
from training.connectors.order_rows import CANCELLED, REFUNDED
from training.errors import InputRefused
from training.numbering import NO_ID, Numbered, in_pairs, number
from training.order_copies import latest_copies, state_rank
from training.quarantine import listed, require_at_most
from training.reading import StagedOrders
from training.returns import take_back

IDS = [c.ORDER_ID, c.CUSTOMER_ID, c.PRODUCT_ID]

IDENTITY = [*IDS, c.QUANTITY, c.UNIT_PRICE, c.ORDERED_AT]
"""Two rows alike in all of these are one line that was exported twice. Lines of one order that have the
same product but another quantity, price or time are lines of their own, and their quantities add up."""

BESIDES = [c.CURRENCY, c.TITLE, c.SOURCE, c.LINE]

LINE_COLUMNS = [*IDENTITY, *BESIDES]

OLDEST_FIRST = [c.ORDERED_AT, *IDS, c.QUANTITY, c.UNIT_PRICE]

ROW = "row"
"""A row's number among those read."""


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
        staged: the rows they are among, in the order read.
        kept: quantity, price and time of each line, oldest first, and `ROW`.
        customers: ids of all who ever bought, sorted; those who gave everything back included.
        accounting: where every row read has gone.
        numbered: order, customer and product of each line as integers, by the name of their column.
    """

    staged: pl.DataFrame
    kept: pl.DataFrame
    customers: pl.Series
    accounting: Accounting
    numbered: dict[str, Numbered]

    @cached_property
    def lines(self) -> pl.DataFrame:
        """`LINE_COLUMNS`, oldest first; quantity is above 0 and reduced by returns; `customer_id` is
        null for a guest; `ordered_at` is in UTC. Gathered when asked for: the models need none of it."""
        ids = [numbered.texts() for numbered in self.numbered.values()]
        changed = self.kept.drop(ROW).get_columns()
        besides = self.staged.select(BESIDES)[self.kept[ROW]]
        return besides.with_columns(*ids, *changed).select(LINE_COLUMNS)


def clean(staged: StagedOrders, *, as_of: int | None = None) -> CleanOrders:
    """Apply the rules of docs/orders.md.

    Args:
        staged: rows from `training.reading`.
        as_of: seconds since 1970 UTC; what was ordered or returned later is ignored. Default: nothing is.
    """
    lines = latest_copies(staged.lines)
    ids = {name: number(lines[name]) for name in IDS}
    # The rules mark rows, by number; the text of what is left of them is gathered once, if at all.
    counting, refused, repeated = _counting(lines, ids, as_of)
    customers = ids[c.CUSTOMER_ID].ids.gather(_buyers(counting, refused))
    kept, used_up, unmatched = take_back(counting)
    del counting
    ignored = _counts(refused[c.REASON])
    if unmatched:
        ignored["unmatched_return"] = unmatched
    accounting = Accounting(
        read=staged.read,
        kept=kept.height,
        merged=staged.lines.height - lines.height + repeated + used_up,
        ignored=ignored,
        quarantined=staged.quarantine.counts(),
    )
    accounting.check()
    kept = kept.sort(OLDEST_FIRST, maintain_order=True)
    numbered = {name: Numbered(ids[name].ids, kept[name].to_numpy()) for name in IDS}
    return CleanOrders(lines, kept.drop(IDS), customers, accounting, numbered)


def _counting(
    lines: pl.DataFrame, ids: dict[str, Numbered], as_of: int | None
) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Tell the sales and returns from the other rows.

    Returns:
        counting: `IDENTITY`, the ids as numbers, and `ROW`.
        refused: the same of the ignored rows, and `reason`.
        repeated: how many rows another one stands for.
    """
    numbers = [pl.Series(name, ids[name].numbers) for name in IDS]
    facts = lines.select(c.QUANTITY, c.UNIT_PRICE, c.ORDERED_AT).with_columns(numbers).with_row_index(ROW)
    repeated = _repeated(lines, facts)
    reasons = _reasons_to_ignore(as_of)
    is_ignored = lines.select(pl.any_horizontal(holds for holds, _ in reasons)).to_series() & ~repeated
    named = pl.coalesce(c.IGNORED, *(pl.when(holds).then(pl.lit(reason)) for holds, reason in reasons))
    refused = facts.filter(is_ignored).with_columns(
        lines.filter(is_ignored).select(named.alias(c.REASON)).to_series()
    )
    return facts.filter(~(repeated | is_ignored)), refused, int(repeated.sum())


def _buyers(counting: pl.DataFrame, refused: pl.DataFrame) -> pl.Series:
    """Numbers of the customers who ever bought, rising."""
    # A refunded order was bought, whether its export says so by a status or by rows that take it back.
    refunded = refused.filter(pl.col(c.REASON) == REFUNDED)
    buyers = [
        rows.filter(pl.col(c.QUANTITY) > 0, pl.col(c.CUSTOMER_ID) != NO_ID)[c.CUSTOMER_ID].unique()
        for rows in (counting, refunded)
    ]
    return pl.concat(buyers).unique().sort()


def _repeated(lines: pl.DataFrame, facts: pl.DataFrame) -> pl.Series:
    """(rows,) bool: which rows another one stands for."""
    # Rows alike share order and product; only those that do are compared, and most files have few.
    alike = in_pairs(facts[c.ORDER_ID].to_numpy(), facts[c.PRODUCT_ID].to_numpy())
    # Lines alike within one copy of an order are as many lines: a platform writes none of them twice.
    alike &= lines.select(pl.col(c.COPY).is_null()).to_series()
    same = facts.filter(alike).filter(pl.struct(IDENTITY).is_duplicated())[ROW]
    candidates = lines[same].with_columns(same)
    # Overlapping exports show one line in several states; the one that an order reaches last holds.
    first = candidates.sort(
        state_rank(), c.IGNORED, c.CURRENCY, c.TITLE, c.SOURCE, c.LINE, nulls_last=True
    ).unique(IDENTITY, keep="first", maintain_order=True)
    return pl.Series([False]).new_from_index(0, lines.height).scatter(same, True).scatter(first[ROW], False)


def _reasons_to_ignore(as_of: int | None) -> list[tuple[pl.Expr, str]]:
    """When a row is ignored, and why; the first that holds is told. What is null does not hold."""
    too_late = pl.lit(False)
    if as_of is not None:
        # In whole seconds, as `as_of` is: what was ordered within that very second counts.
        too_late = pl.col(c.ORDERED_AT).dt.epoch("s") > as_of
    is_return = pl.col(c.QUANTITY) < 0
    return [
        (pl.col(c.IGNORED).is_not_null(), "told by the connector"),
        (too_late.fill_null(False), "after_as_of"),
        (pl.col(c.STATUS) == CANCELLED, "cancelled"),
        # A shop may note what it paid back as a negative line with this very status: that is a return.
        ((pl.col(c.STATUS) == REFUNDED) & ~is_return.fill_null(False), "refunded"),
        ((pl.col(c.QUANTITY) == 0).fill_null(False), "zero_quantity"),
    ]


def _counts(reasons: pl.Series) -> dict[str, int]:
    by_reason = reasons.value_counts(name="rows").sort("rows", reasons.name, descending=[True, False])
    return dict(by_reason.iter_rows())
