"""What readers of typed columns set aside: bytes that are no text, and what cannot be an id."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from training import columns as c
from training.connectors.fields import as_text

INVALID_UTF8 = "invalid_utf8"

Rejected = list[tuple[int, str | None, str]]
"""Line, reason and text of rows that are set aside."""


def no_text(id: str) -> str:
    """The reason of a list, an object or a truth in the place of an id, whose canonical name is given."""
    return f"{id}_is_no_text"


def with_texts(rows: pl.DataFrame) -> tuple[pl.DataFrame, Rejected]:
    """Binary columns as text, and apart from them the rows whose bytes are not UTF-8.

    Args:
        rows: the cells, and `line`.
    """
    names = [name for name, kind in rows.schema.items() if kind == pl.Binary]
    if not names:
        return rows, []
    texts = rows.with_columns(_text(rows[name]) for name in names)
    bad = pl.Series([False]).new_from_index(0, rows.height)
    for name in names:
        bad |= texts[name].is_null() & rows[name].is_not_null()
    return _apart(texts, rows, bad, INVALID_UTF8) if bad.any() else (texts, [])


def with_plain_ids(rows: pl.DataFrame, ids: Mapping[str, str]) -> tuple[pl.DataFrame, Rejected]:
    """The rows whose ids are texts or numbers, and apart from them those with lists, objects or truths.

    Args:
        rows: the cells, and `line`.
        ids: the file's name of each column of ids → its canonical name.
    """
    rejected: Rejected = []
    for name, id in ids.items():
        kind = rows.schema[name]
        if kind.is_nested() or kind == pl.Boolean:
            rows, bad = _apart(rows, rows, rows[name].is_not_null(), no_text(id))
            rejected += bad
    return rows, rejected


def _text(cells: pl.Series) -> pl.Series:
    try:
        return cells.cast(pl.String)
    except pl.exceptions.ComputeError:
        return pl.Series(cells.name, [_decoded(cell) for cell in cells], pl.String)


def _decoded(cell: bytes | None) -> str | None:
    try:
        return None if cell is None else cell.decode()
    except UnicodeDecodeError:
        return None


def _apart(
    rows: pl.DataFrame, raw: pl.DataFrame, bad: pl.Series, reason: str
) -> tuple[pl.DataFrame, Rejected]:
    """`rows` without the bad ones, and these as `raw` has them."""
    found = raw.filter(bad)
    cells = [_shown(found[name]) for name in found.columns if name not in (c.LINE, c.TEXT)]
    texts = [",".join(row) for row in zip(*cells, strict=True)]
    return rows.filter(~bad), [(line, reason, text) for line, text in zip(found[c.LINE], texts, strict=True)]


def _shown(cells: pl.Series) -> list[str]:
    """Cells as the quarantine shows them: bytes that are no text as backslash escapes."""
    if cells.dtype == pl.Binary:
        return ["" if cell is None else cell.decode(errors="backslashreplace") for cell in cells]
    return as_text(cells).fill_null("").to_list()
