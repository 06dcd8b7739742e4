"""Orders from any supported source: typed rows, and a quarantine of those that are none.

SRC … → source_file → csv_file | jsonl_file | parquet_file → canonical | online_retail | … → order_rows
                    → documents (JSON, one an order)       → a platform's order_lines      → order_rows
      → database                                                                           → order_rows
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import ModuleType

import polars as pl

from training import columns as c
from training.connectors import (
    canonical,
    canonical_by_email,
    online_retail,
    pulled_lines,
    shopify_csv,
    woocommerce_csv,
)
from training.connectors.database import Database, DatabaseTable, database_table
from training.connectors.database_address import is_address, parse_address
from training.connectors.date_order import date_order
from training.connectors.detection import READERS, table_format
from training.connectors.document_orders import layout_of, read_documents
from training.connectors.documents import documents, first_documents
from training.connectors.fields import check_timezone
from training.connectors.foreign_json import why_no_orders
from training.connectors.order_rows import IDS, ORDER_SCHEMA, typed
from training.connectors.platform_lines import IdKeys, to_canonical
from training.connectors.platform_tables import PLATFORMS as PLATFORM_TABLES
from training.connectors.platform_tables import platform_orders
from training.connectors.source_file import SourceFile, guesses, source_files
from training.connectors.table_file import Batch, good_and_bad
from training.errors import InputRefused, UsageError
from training.quarantine import Quarantine

LAYOUTS: tuple[ModuleType, ...] = (
    canonical,
    canonical_by_email,
    online_retail,
    pulled_lines,
    shopify_csv,
    woocommerce_csv,
)
"""Whose column names a file may have; the first that finds all it needs is taken."""

PLATFORMS = ("shopify", "woocommerce", "magento")
FORMATS = ("auto", *READERS, online_retail.NAME, *PLATFORMS)


COPIES_A_READING = 1 << 32
"""More than a file has orders: between the numbers of copies from one source and from the next."""

Rows = tuple[pl.DataFrame, pl.DataFrame]
"""Good rows, with the columns of `ORDER_SCHEMA`, and bad ones, with their reason."""


@dataclass(frozen=True)
class ReadingOptions:
    """How sources of orders are to be understood.

    Attributes:
        format: one of `FORMATS`; `auto` looks at the content.
        timezone: IANA name of the zone of times that name none.
        keys: which of a platform's ids count.
        query: what to ask a database for; None: the query of the platform that `format` names.
        table_prefix: what a platform's tables begin with in its database; None: its own default.
    """

    format: str = "auto"
    timezone: str = "UTC"
    keys: IdKeys = field(default_factory=IdKeys)
    query: str | None = None
    table_prefix: str | None = None

    def check(self) -> None:
        """Raises `UsageError` for what no source could satisfy: an unknown format or zone."""
        if self.format not in FORMATS:
            raise UsageError(f"--format {self.format!r} is unknown; there are {', '.join(FORMATS)}")
        check_timezone(self.timezone)


CHECKERS = 2
"""Batches that are checked at a time."""

AS_FOUND = ReadingOptions()
"""Everything told by the content."""


@dataclass(frozen=True, eq=False)
class StagedOrders:
    """What was read, before any rule of cleaning.

    Attributes:
        lines: the columns of `ORDER_SCHEMA`: ids as text, `customer_id` null for a guest, times in UTC,
            status in lower case (`completed` by default), `ignored` null unless the connector knows better.
        quarantine: the rows that are no order lines.
        files: names of the files, in the order read.
        notes: what was guessed about files, for whoever sent them.
    """

    lines: pl.DataFrame
    quarantine: Quarantine
    files: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def read(self) -> int:
        """Rows read, bad ones included; blank lines are no rows."""
        return self.lines.height + len(self.quarantine)


def read_orders(sources: Sequence[str], options: ReadingOptions = AS_FOUND) -> StagedOrders:
    """Read order lines.

    Args:
        sources: files, globs, `-` for standard input, or databases' addresses; their rows add up.

    Raises:
        UsageError: an unknown zone or format, or an address that cannot be used.
        InputRefused: a source that is missing, unreadable, empty or lacks a column, or no row at all.
    """
    options.check()
    databases = [parse_address(source) for source in sources if is_address(source)]
    if not databases and (options.query, options.table_prefix) != (None, None):
        raise UsageError("--query and --table-prefix are for databases; none of --orders is one")
    with source_files([source for source in sources if not is_address(source)]) as files:
        parts = [part for at, file in enumerate(files) for part in _of_reading(at, _read_file(file, options))]
        notes = guesses(files)
    for at, database in enumerate(databases, start=len(files)):
        parts += _of_reading(at, _read_database(database, options))
    # An empty frame before others would have columns of one value written out.
    # In one piece: picking rows out of a hundred pieces takes ten times as long.
    lines = pl.concat([good for good, _ in parts] or [pl.DataFrame(schema=ORDER_SCHEMA)], rechunk=True)
    quarantine = Quarantine.of(bad for _, bad in parts)
    staged = StagedOrders(lines, quarantine, (*(source.name for source in (*files, *databases)),), notes)
    if not staged.read:
        raise InputRefused(f"{', '.join(staged.files) or 'no source'}: no order lines, only headers")
    return staged


def _of_reading(at: int, parts: Iterable[Rows]) -> Iterator[Rows]:
    """The rows of the source at this position; what was named twice has two copies of each order."""
    for good, bad in parts:
        if at and good[c.COPY].null_count() < good.height:
            good = good.with_columns(pl.col(c.COPY) + at * COPIES_A_READING)
        yield good, bad


def _read_file(file: SourceFile, options: ReadingOptions) -> Iterator[Rows]:
    """Batch by batch."""
    found_format = table_format(file)
    if options.format in READERS and options.format != found_format:
        raise file.refused(
            f"is {found_format}, not {options.format}; leave --format out to have it recognised"
        )
    if found_format in ("json", "jsonl"):
        yield from _read_json(file, found_format, options)
    else:
        yield from _read_table(file, found_format, READERS[found_format].columns(file), options)


def _read_json(file: SourceFile, json_format: str, options: ReadingOptions) -> Iterator[Rows]:
    first = first_documents(file, json_format)
    if not first:
        return  # the page of an API that has no more orders
    platform = layout_of(file, json_format)
    if platform is not None:
        if options.format in PLATFORMS and options.format != platform.NAME:
            raise file.refused(f"holds orders of {platform.NAME}, not {options.format}")
        found = documents(file, json_format)
        yield from read_documents(file, found, platform, options.timezone, options.keys)
        return
    columns = canonical.with_optional(READERS[json_format].columns(file))
    if options.format in PLATFORMS or all(_absent(layout, columns) for layout in LAYOUTS):
        raise file.refused(why_no_orders(first))
    yield from _read_table(file, json_format, columns, options)


def _read_table(
    file: SourceFile, file_format: str, columns: Sequence[str], options: ReadingOptions
) -> Iterator[Rows]:
    reader = READERS[file_format]
    layout, names = _layout(file, columns, options.format)
    theirs = {theirs: ours for ours, theirs in names.items()}
    adapt = layout.adapter()
    settle = date_order(file, reader, names[c.ORDERED_AT])
    ids = {names[id]: id for id in (*IDS, c.EMAIL) if id in names}
    batches = reader.batches(file, list(theirs), ids)
    yield from _checked(((settle(adapt(batch.rows.rename(theirs))), batch) for batch in batches), options)


def _checked(adapted: Iterable[tuple[pl.DataFrame, Batch]], options: ReadingOptions) -> Iterator[Rows]:
    """(good, bad) rows of each batch, in their order; some are checked while the next one is read."""
    with ThreadPoolExecutor(CHECKERS) as checkers:
        ahead: deque[Future[Rows]] = deque()
        for rows, batch in adapted:
            ahead.append(checkers.submit(_good_and_bad, rows, batch, options))
            if len(ahead) > CHECKERS:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _read_database(database: Database, options: ReadingOptions) -> Iterator[Rows]:
    """(good, bad) rows, batch by batch."""
    platform = PLATFORM_TABLES.get(options.format)
    if options.query is None and platform is not None:
        orders = platform_orders(database, platform, options.table_prefix)
        yield from read_documents(database, orders, platform.LAYOUT, options.timezone, options.keys)
        return
    if options.table_prefix is not None:
        raise UsageError("--table-prefix is for a platform's own tables; a --query names its tables in full")
    table = database_table(database, options.query, options.format, options.timezone)
    layout, names = _layout(table, table.columns(), options.format)
    theirs = {theirs: ours for ours, theirs in names.items()}
    adapt = layout.adapter()
    batches = table.batches(list(theirs))
    yield from _checked(((adapt(batch.rows.rename(theirs)), batch) for batch in batches), options)


def _good_and_bad(rows: pl.DataFrame, batch: Batch, options: ReadingOptions) -> Rows:
    if c.PRODUCT_ID not in rows.columns:
        rows = to_canonical(rows, options.keys)
    else:
        rows = canonical.with_customer_id(rows, options.keys.customer)
    return good_and_bad(typed(rows, options.timezone), batch, ORDER_SCHEMA)


def _layout(
    table: SourceFile | DatabaseTable, found: Sequence[str], format: str
) -> tuple[ModuleType, dict[str, str]]:
    """The layout that the columns fit, and our name → the file's name."""
    named = [layout for layout in LAYOUTS if format == layout.NAME]
    absent: list[list[str]] = []
    for layout in named or LAYOUTS:
        absent.append(_absent(layout, found))
        if not absent[-1]:
            return layout, layout.column_names(found)
    nearest = min(absent, key=len)
    raise table.refused(f"has no column {', '.join(nearest)}; found: {', '.join(found)}. See docs/orders.md")


def _absent(layout: ModuleType, found: Sequence[str]) -> list[str]:
    """What a layout calls the columns that it needs and that are not among those found."""
    names = layout.column_names(found)
    return [layout.file_name(column) for column in layout.REQUIRED if column not in names]
