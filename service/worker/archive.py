"""The archive of events: Parquet below `events/date=YYYY-MM-DD/`, by the day on which they arrived, UTC.

A file is complete before it has its name, and entries are acknowledged after that. So what a killed worker
left half done is written again by another, and an event can stand in two files: readers keep each `stream_id`
once.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl
import redis

from service.store.event_stream import ARCHIVE, GroupReader, StreamEntry
from service.store.keys import Keys

BATCH = 20_000

TIME = pl.Datetime("ms", "UTC")
SCHEMA = pl.Schema(
    {
        "stream_id": pl.String(),
        "received_at": TIME,
        "event_id": pl.String(),
        "type": pl.String(),
        "visitor_id": pl.String(),
        "customer_id": pl.String(),
        "product_id": pl.String(),
        "occurred_at": TIME,
        "recommendation_id": pl.String(),
        "placement": pl.String(),
        "rank": pl.Int32(),
        "order_id": pl.String(),
        "quantity": pl.Int32(),
        "unit_price": pl.Float64(),
        "flag": pl.String(),
    }
)
"""The columns of each file; docs/events.md says what they mean."""

_SAME = ("event_id", "type", "visitor_id", "product_id", "recommendation_id", "placement", "rank", "order_id",
         "quantity", "unit_price")  # fmt: skip


class Archiving:
    """One worker's share of the archiving."""

    def __init__(
        self, client: redis.Redis, keys: Keys, consumer: str, folder: Path, claim_after_ms: int
    ) -> None:
        """`folder`: of the archive; made when the first event is written."""
        self.reader = GroupReader(client, keys, ARCHIVE, consumer)
        self._folder = folder
        self._claim_after_ms = claim_after_ms

    def step(self) -> bool:
        """Archive the next entries, in one file a day; whether there may be more."""
        return self._archive(self.reader.new(BATCH)) == BATCH

    def take_over(self) -> bool:
        """Archive what a worker that died had read and not acknowledged; whether there may be more."""
        return self._archive(self.reader.abandoned(BATCH, self._claim_after_ms)) == BATCH

    def _archive(self, entries: Sequence[StreamEntry]) -> int:
        readable = sorted((one for one in entries if one.event is not None), key=lambda one: one.received_ms)
        for day, of_day in groupby(readable, key=_day):
            write_day(self._folder, day, list(of_day))
        self.reader.acknowledge(entries)
        return len(entries)


def write_day(folder: Path, day: str, entries: Sequence[StreamEntry]) -> Path:
    """Write entries that arrived on one day into a file of their own; it is on disk when this returns."""
    table = pl.DataFrame([_row(entry) for entry in entries], schema=SCHEMA, strict=False)
    return write_durably(table, folder / f"date={day}" / f"{entries[0].id}_{os.urandom(4).hex()}.parquet")


def write_durably(table: pl.DataFrame, path: Path) -> Path:
    """Write the table whole, or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # it tells who did what
    unfinished = path.with_suffix(".tmp")
    with unfinished.open("wb") as file:
        table.write_parquet(file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    sync_folder(path.parent)
    return path


def sync_folder(folder: Path) -> None:
    """Make renames in a folder outlive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _day(entry: StreamEntry) -> str:
    return datetime.fromtimestamp(entry.received_ms / 1000, UTC).date().isoformat()


def _row(entry: StreamEntry) -> dict[str, Any]:
    event = entry.event or {}
    return {name: event.get(name) for name in _SAME} | {
        "stream_id": entry.id,
        "received_at": datetime.fromtimestamp(entry.received_ms / 1000, UTC),
        "customer_id": entry.customer,
        "occurred_at": datetime.fromtimestamp(event["at_ms"] / 1000, UTC),
        "flag": entry.flag,
    }
