"""Rows from a PostgreSQL, MySQL or MariaDB server, through connectorx, a batch in memory at a time.

The session may only read. Times come in a zone that is known whatever the server's own is: PostgreSQL's with
their offset; MySQL's TIMESTAMP, which has none, in the zone that a time without one is taken to be in.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import polars as pl

from training.connectors.database_address import Server
from training.connectors.database_faults import refused
from training.connectors.table_file import BATCH_ROWS
from training.connectors.text_query import columns_query, text_query

if TYPE_CHECKING:
    from pyarrow import RecordBatchReader

CONNECT_SECONDS = 10.0

_QUOTES = {"postgresql": '"', "mysql": "`"}
_TEXT_TYPES = {"postgresql": "text", "mysql": "char"}


def column_names(server: Server, query: str, timezone: str) -> list[str]:
    """The names of a query's columns. Raises `InputRefused`: no connection, or the query is refused."""
    with _refusals(server):
        _check_reachable(server)
        return list(_stream(server, columns_query(query), timezone).schema.names)


def text_rows(server: Server, query: str, columns: Sequence[str], timezone: str) -> Iterator[pl.DataFrame]:
    """The wanted columns of a query, as text. Raises `InputRefused`."""
    return rows(server, text_query(query, columns, _QUOTES[server.kind], _TEXT_TYPES[server.kind]), timezone)


def rows(server: Server, query: str, timezone: str) -> Iterator[pl.DataFrame]:
    """What a query gives whose columns are all text, batch by batch. Raises `InputRefused`."""
    with _refusals(server):
        _check_reachable(server)
        for batch in _stream(server, query, timezone):
            yield pl.DataFrame(pl.from_arrow(batch)).cast(pl.String)


def _stream(server: Server, query: str, timezone: str) -> RecordBatchReader:
    # The library under connectorx repeats each failed attempt to connect on standard error; we tell it once.
    os.environ.setdefault("RUST_LOG", "off")
    # Loaded only where it is needed: it brings pyarrow, a second of work.
    import connectorx

    return connectorx.read_sql(
        server.url,
        query,
        return_type="arrow_stream",
        batch_size=BATCH_ROWS,
        pre_execution_query=_session(server, timezone),
    )


def _session(server: Server, timezone: str) -> list[str]:
    if server.kind == "postgresql":
        return ["SET default_transaction_read_only = on", "SET TIME ZONE 'UTC'", "SET datestyle = 'ISO'"]
    # A server knows the names of zones only where somebody has loaded them.
    zone = "+00:00" if timezone == "UTC" else timezone
    return ["SET SESSION TRANSACTION READ ONLY", f"SET time_zone = '{zone}'"]


def _check_reachable(server: Server) -> None:
    """connectorx tries for half a minute what fails at once."""
    with socket.create_connection((server.host, server.port), CONNECT_SECONDS):
        pass


@contextmanager
def _refusals(server: Server) -> Iterator[None]:
    """What goes wrong as `InputRefused`, without the password."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        raise refused(server, error) from None
    except BaseException as error:
        # What connectorx does not foresee is a panic, which is no Exception and has no public class.
        if type(error).__name__ != "PanicException":
            raise
        raise refused(server, error) from None
