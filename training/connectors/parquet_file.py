"""Parquet: columns keep their types; a row's line is its number, from 1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from training import columns as c
from training.connectors.source_file import SourceFile
from training.connectors.table_file import Batch, batch_of
from training.connectors.typed_cells import with_plain_ids, with_texts

BATCH_ROWS = 250_000
"""Rows in memory as the file has them, while they are checked."""


UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
"""What polars raises for a file that is none; for some damaged ones its decoder panics."""


class ParquetFile:
    """A `TableReader` that reads the wanted columns only."""

    def columns(self, file: SourceFile) -> list[str]:
        try:
            return pl.scan_parquet(file.path, glob=False).collect_schema().names()
        except UNREADABLE as error:
            raise file.refused(f"is no readable Parquet file: {error}") from error

    def batches(self, file: SourceFile, wanted: Sequence[str], ids: Mapping[str, str]) -> Iterator[Batch]:
        try:
            scan = pl.scan_parquet(file.path, glob=False)
            height = scan.select(pl.len()).collect().item()
            for start in range(0, height, BATCH_ROWS):
                rows = scan.select(wanted).slice(start, BATCH_ROWS).collect()
                numbers = pl.int_range(start + 1, start + 1 + rows.height, dtype=pl.Int64)
                rows = rows.with_columns(numbers.alias(c.LINE), pl.lit(None, dtype=pl.String).alias(c.TEXT))
                rows, no_text = with_texts(rows)
                rows, no_ids = with_plain_ids(rows, ids)
                yield batch_of(file, rows, no_text + no_ids)
        except UNREADABLE as error:
            raise file.refused(f"is no readable Parquet file: {error}") from error
