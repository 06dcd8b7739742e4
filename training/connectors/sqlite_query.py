"""Rows from an SQLite file, opened for reading only, a batch in memory at a time.

connectorx guesses a column's type from its first cell, fails where that is NULL, and creates a file that is
missing; Python's own driver does none of this.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

import polars as pl

from training.connectors.database_address import SqliteFile
from training.connectors.database_faults import cure
from training.connectors.table_file import BATCH_ROWS
from training.connectors.text_query import columns_query, text_query
from training.errors import InputRefused


def column_names(file: SqliteFile, query: str) -> list[str]:
    """The names of a query's columns. Raises `InputRefused`: the file is damaged, or the query is refused."""
    with _connection(file) as connection:
        return [column[0] for column in connection.execute(columns_query(query)).description]


def text_rows(file: SqliteFile, query: str, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    """The wanted columns, as the bytes of their text. Raises `InputRefused`."""
    schema = dict.fromkeys(columns, pl.Binary)
    with _connection(file) as connection:
        cursor = connection.execute(text_query(query, columns, '"', "text"))
        while rows := cursor.fetchmany(BATCH_ROWS):
            yield pl.DataFrame(rows, schema=schema, orient="row")


@contextmanager
def _connection(file: SqliteFile) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(f"{file.path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            # Text that is no UTF-8 must cost its row, not the run.
            connection.text_factory = bytes
            yield connection
    except sqlite3.Error as error:
        raise InputRefused(f"{file.name}: {error}{cure(str(error))}") from error
