"""From order lines as read to purchases that stand: duplicates merged, returns taken back, all accounted for.

Every row read ends in exactly one of four places: kept, merged, ignored or quarantined (docs/orders.md).
The result depends on the rows alone, not on their order in the files or the files' order.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import polars as pl

from service.store.tombstones import Tombstones
from training import columns as c
from training.connectors.order_rows import CANCELLED, REFUNDED
from training.erased_orders import of_erased_customers
from training.errors import InputRefused
from training.numbering import NO_ID, Numbered, number, ranks
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

ROW = "row"
"""A row's number among those read."""

RANK = "rank"
"""Rises with time, order, customer and product; equal where all of these are."""


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


def clean(
    staged: StagedOrders, *, as_of: int | None = None, tombstones: Tombstones = MappingProxyType({})
) -> CleanOrders:
    """Apply the rules of docs/orders.md.

    Args:
        staged: rows from `training.reading`.
        as_of: seconds since 1970 UTC; what was ordered or returned later is ignored. Default: nothing is.
        tombstones: what a customer ordered before the data were erased is ignored.
    """
    lines = latest_copies(staged.lines)
    ids = {name: number(lines[name]) for name in IDS}
    # The rules mark rows, by number; the text of what is left of them is gathered once, if at all.
    reasons = _reasons_to_ignore(as_of)
    if (is_erased := of_erased_customers(ids[c.CUSTOMER_ID].ids, tombstones)) is not None:
        reasons.insert(0, (is_erased, "erased"))
    counting, refused, repeated = _counting(lines, _oldest_first(lines, ids), reasons)
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
    kept = _settled(kept)
    numbered = {name: Numbered(ids[name].ids, kept[name].to_numpy()) for name in IDS}
    return CleanOrders(lines, kept.drop(IDS, RANK), customers, accounting, numbered)


def _oldest_first(lines: pl.DataFrame, ids: dict[str, Numbered]) -> pl.DataFrame:
    """`IDENTITY`, the ids as numbers, `ROW` and `RANK`, by rank."""
    order, customer, product = (ids[name].numbers for name in IDS)
    # A row that a connector ignores need not have a time.
    time = lines[c.ORDERED_AT].to_physical().fill_null(-1).to_numpy()
    rank = pl.Series(RANK, ranks({c.ORDERED_AT: time, c.ORDER_ID: order, c.CUSTOMER_ID: customer}, product))
    facts = lines.select(c.QUANTITY, c.UNIT_PRICE, c.ORDERED_AT).with_columns(
        rank, *(pl.Series(name, ids[name].numbers) for name in IDS)
    )
    return facts.with_row_index(ROW)[rank.arg_sort()]


def _settled(kept: pl.DataFrame) -> pl.DataFrame:
    """Rows by rank, those of one rank by quantity and price."""
    ties = _has_twin(kept[RANK]).arg_true()
    tied = kept[ties].sort(RANK, c.QUANTITY, c.UNIT_PRICE, ROW)
    return kept.with_columns(kept[name].scatter(ties, tied[name]) for name in (c.QUANTITY, c.UNIT_PRICE, ROW))


def _has_twin(rising: pl.Series) -> pl.Series:
    """(rows,) bool: whether another row has the same number."""
    as_before = rising == rising.shift(fill_value=-1)
    return as_before | as_before.shift(-1, fill_value=False)


def _counting(
    lines: pl.DataFrame, facts: pl.DataFrame, reasons: list[tuple[pl.Expr, str]]
) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Tell the sales and returns from the other rows.

    Args:
        reasons: when a row is ignored, and why; the first that holds is told.

    Returns:
        counting: those of `facts`.
        refused: the same of the ignored rows, and `reason`.
        repeated: how many rows another one stands for.
    """
    repeated = _repeated(lines, facts)
    is_reason = lines.select(pl.any_horizontal(holds for holds, _ in reasons)).to_series()
    is_ignored = is_reason[facts[ROW]] & ~repeated
    named = pl.coalesce(c.IGNORED, *(pl.when(holds).then(pl.lit(reason)) for holds, reason in reasons))
    refused = facts.filter(is_ignored)
    refused = refused.with_columns(lines[refused[ROW]].select(named.alias(c.REASON)))
    return facts.filter(~(repeated | is_ignored)), refused, int(repeated.sum())


def _buyers(counting: pl.DataFrame, refused: pl.DataFrame) -> pl.Series:
    """Numbers of the customers who ever bought, rising."""
    # A refunded order was bought, whether its export says so by a status or by rows that take it back.
    refunded = refused.filter(pl.col(c.REASON) == REFUNDED)
    buyers = [
        rows.select(
            pl.col(c.CUSTOMER_ID).filter(pl.col(c.QUANTITY) > 0, pl.col(c.CUSTOMER_ID) != NO_ID).unique()
        ).to_series()
        for rows in (counting, refunded)
    ]
    return pl.concat(buyers).unique().sort()


def _repeated(lines: pl.DataFrame, facts: pl.DataFrame) -> pl.Series:
    """(rows,) bool: which rows of `facts` another one stands for."""
    # Only rows alike in time and ids are compared further; most files have few.
    places = _has_twin(facts[RANK]).arg_true().alias("place")
    # Lines alike within one copy of an order are as many lines: a platform writes none of them twice.
    same = (
        facts[places]
        .with_columns(places)
        .filter(lines[c.COPY][facts[ROW][places]].is_null())
        .filter(pl.struct(IDENTITY).is_duplicated())
    )
    candidates = lines[same[ROW]].with_columns(same["place"])
    # Overlapping exports show one line in several states; the one that an order reaches last holds.
    first = candidates.sort(
        state_rank(), c.IGNORED, c.CURRENCY, c.TITLE, c.SOURCE, c.LINE, nulls_last=True
    ).unique(IDENTITY, keep="first", maintain_order=True)
    nothing = pl.Series([False]).new_from_index(0, facts.height)
    return nothing.scatter(same["place"], True).scatter(first["place"], False)


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
