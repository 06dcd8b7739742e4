"""Parquet: columns keep their types; a row's line is its number, from 1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from training import columns as c
from training.connectors.source_file import SourceFile
from training.connectors.table_file import Batch, batch_of


class ParquetFile:
    """A `TableReader` that reads the wanted columns only."""

    def columns(self, file: SourceFile) -> list[str]:
        try:
            return pl.scan_parquet(file.path, glob=False).collect_schema().names()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise file.refused(f"is no readable Parquet file: {error}") from error

    def batches(self, file: SourceFile, wanted: Sequence[str]) -> Iterator[Batch]:
        try:
            rows = pl.scan_parquet(file.path, glob=False).select(wanted).collect()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise file.refused(f"is no readable Parquet file: {error}") from error
        numbers = pl.Series(c.LINE, range(1, rows.height + 1), dtype=pl.Int64)
        text = pl.Series(c.TEXT, [None], dtype=pl.String).new_from_index(0, rows.height)
        yield batch_of(file, rows.with_columns(numbers, text), rejected=[])
