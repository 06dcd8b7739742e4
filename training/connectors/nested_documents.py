"""JSON Lines whose objects name their parent, brought together again: one document with all that is below it.

Shopify's bulk operations write them so. Since the objects of one order may stand anywhere in the file, they
are sorted on disk: memory holds one document with its children.
https://shopify.dev/docs/api/usage/bulk-operations/queries
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

PARENT_ID = "__parentId"
CHILDREN = "__children"
"""The member that holds all objects below a document, in the order of the file."""

PARENT_MISSING = "parent_missing"

TABLE = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE part (number INTEGER PRIMARY KEY, id TEXT, parent TEXT, raw BLOB, placed INTEGER DEFAULT 0);
CREATE INDEX part_by_parent ON part (parent, number);
CREATE INDEX part_by_id ON part (id, number);
"""

ADD = "INSERT INTO part (number, id, parent, raw) VALUES (?, ?, ?, ?)"
TOPS = "SELECT number, id, raw FROM part WHERE parent IS NULL ORDER BY number"

NEIGHBOURS = """
SELECT max(CASE WHEN number < :number THEN number END), min(CASE WHEN number > :number THEN number END)
FROM part WHERE id = :id AND parent IS NULL
"""
"""The same document before and after: where files were appended, each has the children that follow it."""

BELOW = """
WITH RECURSIVE below (number, id, raw) AS (
    SELECT number, id, raw FROM part WHERE parent = :id
    UNION
    SELECT part.number, part.id, part.raw FROM part JOIN below ON part.parent = below.id
)
SELECT number, raw FROM below WHERE number >= :first AND number < :behind ORDER BY number
"""

PLACED = "UPDATE part SET placed = 1 WHERE number = ?"
LOST = "SELECT number, raw FROM part WHERE parent IS NOT NULL AND NOT placed ORDER BY number"

BEHIND_ALL = 1 << 62

Part = tuple[int, str | None, str | None, bytes]
"""Line, id, the parent's id, the object as JSON."""


def under_their_parents(parts: Iterable[Part]) -> Iterator[tuple[int, bytes, list[bytes] | None]]:
    """Each top object with all that is below it; then the objects whose parent is not there.

    Returns:
        line, the object's JSON, the JSON of those below it (None: its parent is missing).

    Raises:
        OSError: the folder for temporary files is full.
    """
    with (
        tempfile.TemporaryDirectory(prefix="recs-nested-") as folder,
        closing(sqlite3.connect(Path(folder) / "parts.db", isolation_level=None)) as store,
    ):
        _sort_in(store, parts)
        for number, id, raw in store.execute(TOPS):
            yield number, raw, _below(store, number, id)
        yield from ((number, raw, None) for number, raw in store.execute(LOST))


def _sort_in(store: sqlite3.Connection, parts: Iterable[Part]) -> None:
    try:
        store.executescript(TABLE)
        store.execute("BEGIN")
        store.executemany(ADD, parts)
    except sqlite3.OperationalError as error:
        raise OSError(f"its objects cannot be sorted in {tempfile.gettempdir()}: {error}") from error


def _below(store: sqlite3.Connection, number: int, id: str | None) -> list[bytes]:
    before, after = store.execute(NEIGHBOURS, {"number": number, "id": id}).fetchone()
    bounds = {"id": id, "first": 0 if before is None else number, "behind": after or BEHIND_ALL}
    below = store.execute(BELOW, bounds).fetchall()
    store.executemany(PLACED, [(number,) for number, _ in below])
    return [raw for _, raw in below]
