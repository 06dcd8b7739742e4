"""Rows from a PostgreSQL, MySQL or MariaDB server, through connectorx, a batch at a time.

The session may only read. Times come in a zone that is known whatever the server's own is: PostgreSQL's with
their offset; MySQL's TIMESTAMP, which has none, in the zone that a time without one is taken to be in.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from training.connectors import query_process
from training.connectors.database_address import Server
from training.connectors.database_faults import refused
from training.connectors.table_file import BATCH_ROWS
from training.connectors.text_query import columns_query, text_query

if TYPE_CHECKING:
    from pyarrow import RecordBatch

SCRIPT = Path(query_process.__file__)
NOT_CONNECTED = " ERROR r2d2] "
"""How the driver tells each failed attempt to connect; it goes on trying for half a minute."""

_QUOTES = {"postgresql": '"', "mysql": "`"}
_TEXT_TYPES = {"postgresql": "text", "mysql": "char"}


def column_names(server: Server, query: str, timezone: str) -> list[str]:
    """The names of a query's columns. Raises `InputRefused`: no connection, or the query is refused."""
    nothing, *_ = _batches(server, columns_query(query), timezone)
    return list(nothing.schema.names)


def text_rows(server: Server, query: str, columns: Sequence[str], timezone: str) -> Iterator[pl.DataFrame]:
    """The wanted columns of a query, as text. Raises `InputRefused`."""
    return rows(server, text_query(query, columns, _QUOTES[server.kind], _TEXT_TYPES[server.kind]), timezone)


def rows(server: Server, query: str, timezone: str) -> Iterator[pl.DataFrame]:
    """What a query gives whose columns are all text, batch by batch. Raises `InputRefused`."""
    for batch in _batches(server, query, timezone):
        if batch.num_rows:
            yield pl.DataFrame(pl.from_arrow(batch)).cast(pl.String)


def _batches(server: Server, query: str, timezone: str) -> Iterator[RecordBatch]:
    """An empty batch that tells the columns, then the rows as they arrive."""
    # Loaded only where it is needed: half a second of work.
    import pyarrow

    told: list[str] = []
    with _asked(server, query, timezone) as process:
        watch = threading.Thread(target=_watch, args=(process, told), daemon=True)
        watch.start()
        try:
            # A stream that breaks off is explained by how the process ended.
            with (
                contextlib.suppress(pyarrow.ArrowInvalid, OSError),
                pyarrow.ipc.open_stream(process.stdout) as stream,
            ):
                yield pyarrow.RecordBatch.from_pylist([], schema=stream.schema)
                yield from stream
            code = process.wait()
            watch.join()
        finally:
            process.kill()
    if code != 0:
        raise refused(server, told[0] if told else f"the driver ended with code {code}")


def _asked(server: Server, query: str, timezone: str) -> subprocess.Popen[bytes]:
    """The process that asks the server."""
    process = subprocess.Popen(
        # -P: the script's own folder has no modules of the libraries that it imports.
        [sys.executable, "-P", SCRIPT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"RUST_LOG": "error", "RUST_BACKTRACE": "0"},
    )
    asked = {"url": server.url, "query": query, "session": _session(server, timezone)}
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError), process.stdin as stdin:
        stdin.write(json.dumps(asked | {"batch_rows": BATCH_ROWS}).encode())
    return process


def _watch(process: subprocess.Popen[bytes], told: list[str]) -> None:
    """Take down what the process tells of its faults; end it at the first attempt to connect that fails."""
    assert process.stderr is not None
    for line in process.stderr:
        text = line.decode(errors="replace").strip()
        if NOT_CONNECTED in text:
            told.append(text.partition(NOT_CONNECTED)[2])
            process.kill()
        elif text.startswith(query_process.FAULT):
            told.append(json.loads(text.removeprefix(query_process.FAULT)))


def _session(server: Server, timezone: str) -> list[str]:
    if server.kind == "postgresql":
        return ["SET default_transaction_read_only = on", "SET TIME ZONE 'UTC'", "SET datestyle = 'ISO'"]
    # A server knows the names of zones only where somebody has loaded them.
    zone = "+00:00" if timezone == "UTC" else timezone
    return ["SET SESSION TRANSACTION READ ONLY", f"SET time_zone = '{zone}'"]
