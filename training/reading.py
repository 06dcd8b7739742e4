"""Orders from files of any supported format: typed rows, and a quarantine of those that are none.

SRC … → source_file → csv_file | jsonl_file | parquet_file → canonical | online_retail → order_rows
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType

import polars as pl

from training import columns as c
from training.connectors import canonical, online_retail
from training.connectors.detection import READERS, table_format
from training.connectors.fields import check_timezone
from training.connectors.order_rows import ORDER_SCHEMA, typed
from training.connectors.source_file import SourceFile, source_files
from training.connectors.table_file import good_and_bad
from training.errors import InputRefused, UsageError
from training.quarantine import Quarantine

LAYOUTS: tuple[ModuleType, ...] = (canonical, online_retail)
"""Whose column names a file may have; the first that finds all it needs is taken."""

FORMATS = ("auto", *READERS, online_retail.NAME)
LATER_FORMATS = ("shopify", "woocommerce", "magento")


@dataclass(frozen=True, eq=False)
class StagedOrders:
    """What was read, before any rule of cleaning.

    Attributes:
        lines: the columns of `ORDER_SCHEMA`: ids as text, `customer_id` null for a guest, times in UTC,
            status in lower case (`completed` by default), `ignored` null unless the connector knows better.
        quarantine: the rows that are no order lines.
        files: names of the files, in the order read.
    """

    lines: pl.DataFrame
    quarantine: Quarantine
    files: tuple[str, ...]

    @property
    def read(self) -> int:
        """Rows read, bad ones included; blank lines are no rows."""
        return self.lines.height + len(self.quarantine)


def read_orders(sources: Sequence[str], *, format: str = "auto", timezone: str = "UTC") -> StagedOrders:
    """Read order lines.

    Args:
        sources: files, globs or `-` for standard input; their rows add up. Gzip is unpacked.
        format: one of `FORMATS`; `auto` looks at the content.
        timezone: IANA name of the zone of times that name none.

    Raises:
        UsageError: an unknown zone or format, or one that arrives later.
        InputRefused: a file that is missing, unreadable, empty or lacks a column, or no row at all.
    """
    check_format(format)
    check_timezone(timezone)
    with source_files(sources) as files:
        parts = [part for file in files for part in _read_file(file, format, timezone)]
    lines = pl.concat([pl.DataFrame(schema=ORDER_SCHEMA), *(good for good, _ in parts)])
    quarantine = Quarantine.of(bad for _, bad in parts)
    staged = StagedOrders(lines, quarantine, tuple(file.name for file in files))
    if not staged.read:
        raise InputRefused(f"{', '.join(staged.files) or 'no source'}: no order lines, only headers")
    return staged


def check_format(format: str) -> None:
    """Raises `UsageError` for an unknown format, or one that arrives later."""
    if format in LATER_FORMATS:
        raise UsageError(f"--format {format} arrives in a later version; there are {', '.join(FORMATS)}")
    if format not in FORMATS:
        raise UsageError(f"--format {format!r} is unknown; there are {', '.join(FORMATS)}")


def _read_file(file: SourceFile, format: str, timezone: str) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """(good, bad) rows, batch by batch."""
    found_format = table_format(file)
    if format in READERS and format != found_format:
        raise file.refused(f"is {found_format}, not {format}; leave --format out to have it recognised")
    reader = READERS[found_format]
    layout, names = _layout(file, reader.columns(file), format)
    theirs = {theirs: ours for ours, theirs in names.items()}
    for batch in reader.batches(file, list(theirs)):
        yield good_and_bad(typed(layout.adapt(batch.rows.rename(theirs)), timezone), batch, ORDER_SCHEMA)


def _layout(file: SourceFile, found: Sequence[str], format: str) -> tuple[ModuleType, dict[str, str]]:
    """The layout that the columns fit, and its canonical name → file's name."""
    layouts = [online_retail] if format == online_retail.NAME else LAYOUTS
    absent: list[list[str]] = []
    for layout in layouts:
        names = layout.column_names(found)
        absent.append([layout.file_name(column) for column in c.ORDER_REQUIRED if column not in names])
        if not absent[-1]:
            return layout, names
    nearest = min(absent, key=len)
    raise file.refused(f"has no column {', '.join(nearest)}; found: {', '.join(found)}. See docs/orders.md")
