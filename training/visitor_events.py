"""Archived events as training takes them in: those that count, each of the customer that the visitor is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from service.store.tombstones import Tombstones
from training import columns as c
from training.connectors.order_rows import COMPLETED, ORDER_SCHEMA
from training.erased_events import of_nobody_erased
from training.errors import InputRefused
from training.event_archive import read_events
from training.events_config import EventsConfig
from training.reading import StagedOrders

KINDS = {"view": "view", "click": "view", "add_to_cart": "cart", "purchase": "purchase"}
"""Type of an event → what it is to training; other types say nothing."""

VISITOR, KIND, AT = "visitor_id", "kind", "occurred_at"

_IDENTIFY = "identify"
_NEEDED = (
    VISITOR,
    c.CUSTOMER_ID,
    c.PRODUCT_ID,
    "type",
    AT,
    "received_at",
    c.ORDER_ID,
    c.QUANTITY,
    c.UNIT_PRICE,
    "flag",
)


@dataclass(frozen=True)
class EventSource:
    """An archive of events, and what they are worth.

    Attributes:
        folder: as the workers write it, `RECS_DATA_DIR/events`.
        worth: in orders.
    """

    folder: Path
    worth: EventsConfig


@dataclass(frozen=True, eq=False)
class VisitorEvents:
    """Events that count.

    Attributes:
        rows: `visitor_id`, `customer_id` (null for an anonymous visitor), `product_id`, `kind` (of `KINDS`),
            `occurred_at`, `order_id`, `quantity`, `unit_price`.
        left_out: how many were sent by robots, or beyond what one visitor may count for.
    """

    rows: pl.DataFrame
    left_out: int


def read_visitor_events(folder: Path, tombstones: Tombstones) -> VisitorEvents:
    """Read an archive.

    A visitor who was anonymous then is the customer that `identify` named next.

    Args:
        folder: need not exist.
        tombstones: what happened before somebody was erased does not count.

    Raises:
        InputRefused: a file cannot be read, or is no archive.
    """
    try:
        archived = read_events(folder).filter(pl.col("type").is_in([*KINDS, _IDENTIFY]))
        events = archived.filter(of_nobody_erased(archived, tombstones)).select(_NEEDED).collect()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputRefused(f"events cannot be read from {folder}: {error}") from error
    events = events.sort("received_at")
    named = events.filter(pl.col("type") == _IDENTIFY).select(
        VISITOR, "received_at", identified=c.CUSTOMER_ID
    )
    asked = events.filter(pl.col("type") != _IDENTIFY)
    counting = (
        asked.filter(pl.col("flag").is_null())
        .join_asof(named, on="received_at", by=VISITOR, strategy="forward", check_sortedness=False)
        .select(
            VISITOR,
            pl.coalesce(c.CUSTOMER_ID, "identified").alias(c.CUSTOMER_ID),
            c.PRODUCT_ID,
            pl.col("type").replace_strict(KINDS).alias(KIND),
            AT,
            c.ORDER_ID,
            c.QUANTITY,
            c.UNIT_PRICE,
        )
    )
    return VisitorEvents(counting, asked.height - counting.height)


def with_purchases(staged: StagedOrders, events: VisitorEvents) -> tuple[StagedOrders, int]:
    """The order lines, and those of orders that only events tell of, once an order and product.

    Orders that were read hold: a purchase whose `order_id` is among them adds nothing, whatever became of
    the order since.

    Returns:
        The lines, and how many of them are new.
    """
    known = staged.lines.select(c.ORDER_ID).unique()
    lines = (
        events.rows.filter(pl.col(KIND) == "purchase", pl.col(c.ORDER_ID).is_not_null())
        .join(known, on=c.ORDER_ID, how="anti")
        .sort(AT, c.ORDER_ID, c.PRODUCT_ID, VISITOR)
        .unique([c.ORDER_ID, c.PRODUCT_ID], keep="first", maintain_order=True)
        .with_row_index(c.LINE, offset=1)
    )
    told = {
        c.QUANTITY: pl.col(c.QUANTITY).fill_null(1),
        c.ORDERED_AT: pl.col(AT),
        c.STATUS: pl.lit(COMPLETED),
        c.SOURCE: pl.lit("events"),
    }
    there = {c.ORDER_ID, c.CUSTOMER_ID, c.PRODUCT_ID, c.UNIT_PRICE, c.LINE}
    columns = [
        (told[name] if name in told else pl.col(name) if name in there else pl.lit(None))
        .cast(kind)
        .alias(name)
        for name, kind in ORDER_SCHEMA.items()
    ]
    both = pl.concat([staged.lines, lines.select(columns)], rechunk=True)
    return StagedOrders(both, staged.quarantine, staged.files, staged.notes), lines.height
