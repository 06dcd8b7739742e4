"""Orders from a database by the user's query, to be read like a file's table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from training import columns as c
from training.connectors import online_retail, server_query, sqlite_query
from training.connectors.database_address import Server, SqliteFile
from training.connectors.table_file import Batch, batch_of
from training.connectors.text_query import check_reads
from training.connectors.typed_cells import with_texts
from training.errors import InputRefused, UsageError

Database = Server | SqliteFile

TABLE_FORMATS = ("auto", online_retail.NAME)
"""What the columns of a query may be taken for."""


@dataclass(frozen=True)
class DatabaseTable:
    """What a query gives.

    Attributes:
        database: where it is asked.
        query: what is asked for.
        timezone: the zone of times that name none.
    """

    database: Database
    query: str
    timezone: str

    @property
    def name(self) -> str:
        """The address without its password."""
        return self.database.name

    def columns(self) -> list[str]:
        """The names of the columns.

        Raises:
            InputRefused: the database cannot be reached, or refuses the query.
        """
        if isinstance(self.database, SqliteFile):
            return sqlite_query.column_names(self.database, self.query)
        return server_query.column_names(self.database, self.query, self.timezone)

    def batches(self, wanted: Sequence[str]) -> Iterator[Batch]:
        """All rows, with the wanted columns as text; `line` is the row's number, from 1.

        Raises:
            InputRefused: the database does not give them to the end.
        """
        read = 0
        for rows in text_rows(self.database, self.query, wanted, self.timezone):
            numbers = pl.Series(c.LINE, range(read + 1, read + rows.height + 1), dtype=pl.Int64)
            texts = pl.lit(None, dtype=pl.String).alias(c.TEXT)
            yield batch_of(self.database, *with_texts(rows.with_columns(numbers, texts)))
            read += rows.height

    def refused(self, why: str) -> InputRefused:
        """The error to raise about what the query gives."""
        return InputRefused(f"{self.name}: {why}")


def database_table(database: Database, query: str | None, format: str, timezone: str) -> DatabaseTable:
    """What the user's query gives.

    Raises:
        UsageError: there is no query, it does not read, or the format is none of a table.
    """
    if query is None:
        raise UsageError(
            f'{database.name}: tell what to ask for: --query "SELECT order_id, customer_id, … FROM …", or '
            "--format woocommerce or magento for a shop's own tables (docs/connect/sql.md)"
        )
    if format not in TABLE_FORMATS:
        raise UsageError(f"--format {format} does not go with --query, whose columns tell what they are")
    check_reads(query)
    return DatabaseTable(database, query, timezone)


def text_rows(
    database: Database, query: str, columns: Sequence[str], timezone: str
) -> Iterator[pl.DataFrame]:
    """The rows of a query, batch by batch; these columns, as text or its bytes. Raises `InputRefused`."""
    if isinstance(database, SqliteFile):
        return sqlite_query.text_rows(database, query, columns)
    return server_query.text_rows(database, query, columns, timezone)
