"""Whether a file's `05/01/2026` is in January or in May: told by the file itself, or not at all."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from training import columns as c
from training.connectors.date_styles import in_order, is_ambiguous, shown_orders
from training.connectors.source_file import SourceFile
from training.connectors.table_file import TableReader


def date_order(file: SourceFile, reader: TableReader, column: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """What settles the ambiguous `ordered_at` of a file's batches, one after the other.

    If any date of the file shows which number is its month, all of them follow it. A file that shows nothing
    leaves them as they are, and so does one that shows both.

    Args:
        column: the file's name for `ordered_at`.
    """
    orders: set[str] | None = None

    def settle(rows: pl.DataFrame) -> pl.DataFrame:
        nonlocal orders
        times = rows[c.ORDERED_AT]
        if times.dtype != pl.String or not is_ambiguous(times := times.str.strip_chars()).any():
            return rows
        if orders is None:
            orders = _shown_in(file, reader, column)
        return rows.with_columns(in_order(times, *orders)) if len(orders) == 1 else rows

    return settle


def _shown_in(file: SourceFile, reader: TableReader, column: str) -> set[str]:
    orders: set[str] = set()
    for batch in reader.batches(file, [column], ids={}):
        orders |= shown_orders(batch.rows[column].str.strip_chars())
    return orders
