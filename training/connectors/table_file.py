"""What the readers of CSV, JSON Lines and Parquet have in common: a table of named columns, in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import polars as pl

from training import columns as c
from training.connectors.fields import as_text
from training.connectors.source_file import SourceFile

BATCH_ROWS = 100_000

REJECTED_SCHEMA = {c.LINE: pl.Int64, c.REASON: pl.String, c.TEXT: pl.String}
BAD_COLUMNS = [c.SOURCE, c.LINE, c.REASON, c.TEXT]


@dataclass(frozen=True, eq=False)
class Batch:
    """Some rows of a table.

    Attributes:
        rows: the asked-for columns as the file has them, `source`, `line` (1-based) and `text` (the raw row;
            null in a binary format).
        rejected: source, line, reason, text of what was no row at all.
    """

    rows: pl.DataFrame
    rejected: pl.DataFrame


Record = tuple[int, str, Sequence[str | None] | None, str | None]
"""Line, raw text, cells of the wanted columns, reason: either the cells or the reason is None."""


class Source(Protocol):
    """Where rows come from: a file or a database."""

    @property
    def name(self) -> str:
        """How messages and the quarantine call it."""
        ...


class TableReader(Protocol):
    """A file format. Both functions raise `InputRefused` where the file as a whole cannot be read."""

    def columns(self, file: SourceFile) -> list[str]:
        """The names of the file's columns."""
        ...

    def batches(self, file: SourceFile, wanted: Sequence[str], ids: Mapping[str, str]) -> Iterator[Batch]:
        """All rows, with the `wanted` columns only.

        Args:
            ids: those of them that hold ids → the canonical name. A list, an object or a truth is none:
                its row is rejected.
        """
        ...


def in_batches(file: SourceFile, records: Iterator[Record], wanted: Sequence[str]) -> Iterator[Batch]:
    """Records of text as batches of `BATCH_ROWS`, in their order."""
    while True:
        # A list for each column: one for each row would have the garbage collector walk millions of them.
        cells_of: list[list[str | None]] = [[] for _ in wanted]
        lines: list[int] = []
        texts: list[str] = []
        rejected: list[tuple[int, str | None, str]] = []
        for line, text, cells, reason in islice(records, BATCH_ROWS):
            if cells is None:
                rejected.append((line, reason, text))
                continue
            lines.append(line)
            texts.append(text)
            for column, cell in zip(cells_of, cells, strict=True):
                column.append(cell)
        if not lines and not rejected:
            return
        columns = [pl.Series(name, cells, pl.String) for name, cells in zip(wanted, cells_of, strict=True)]
        place = [pl.Series(c.LINE, lines, pl.Int64), pl.Series(c.TEXT, texts, pl.String)]
        yield batch_of(file, pl.DataFrame([*columns, *place]), rejected)


def batch_of(source: Source, rows: pl.DataFrame, rejected: Sequence[tuple[int, str | None, str]]) -> Batch:
    """A batch from rows with `line` and `text`, and the (line, reason, text) of what is no row."""
    name = pl.lit(source.name).alias(c.SOURCE)
    refused = pl.DataFrame(rejected, schema=REJECTED_SCHEMA, orient="row")
    return Batch(rows.with_columns(name), refused.with_columns(name))


def good_and_bad(
    typed: pl.DataFrame, batch: Batch, schema: Iterable[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tell the rows of a batch apart.

    Args:
        typed: the batch's rows with the columns of `schema`, and `reason`: null in the good ones.

    Returns:
        good: the columns of `schema`.
        bad: source, line, reason, text; the batch's rejected rows too.
    """
    faulty = pl.col(c.REASON).is_not_null()
    bad = _with_text(typed.filter(faulty), batch.rows)
    # Filtering copies even where all rows stay.
    good = typed.filter(~faulty) if bad.height else typed
    return good.select(*schema), pl.concat([frame.select(BAD_COLUMNS) for frame in (bad, batch.rejected)])


def _with_text(bad: pl.DataFrame, raw: pl.DataFrame) -> pl.DataFrame:
    """`bad` with the `text` of its rows; a binary format has none, so the cells are joined."""
    if bad[c.TEXT].null_count() == 0:
        return bad
    cells = bad.select(c.LINE).join(raw, on=c.LINE, how="left", maintain_order="left")
    cells = cells.drop(c.SOURCE, c.LINE, c.TEXT)
    text = cells.select(pl.concat_str([as_text(cell).fill_null("") for cell in cells], separator=","))
    return bad.with_columns(text.to_series().alias(c.TEXT))
