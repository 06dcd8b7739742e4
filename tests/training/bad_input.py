"""What a case of bad input is, and rows to put it between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.builders import ORDER_HEADER

FIRST = "1,ann,tea,2,3.50,2026-01-05T10:00:00Z"
LAST = "3,cy,jam,1,4.00,2026-01-07T10:00:00Z"


@dataclass(frozen=True)
class Case:
    """One file and what becomes of its rows.

    Attributes:
        content: the file.
        kept, merged: number of rows.
        cells: what the kept rows of order 2 hold, row by row, in some columns.
        ignored, quarantined: number of rows by reason.
    """

    name: str
    content: bytes
    kept: int
    merged: int = 0
    cells: tuple[Mapping[str, Any], ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)
    quarantined: Mapping[str, int] = field(default_factory=dict)


def whole_file(
    name: str,
    content: str | bytes,
    kept: int,
    *cells: Mapping[str, Any],
    merged: int = 0,
    ignored: str | None = None,
    quarantined: str | None = None,
) -> Case:
    """A file of which at most one row is ignored and one quarantined, for the reason given."""
    return Case(
        name,
        content.encode() if isinstance(content, str) else content,
        kept,
        merged,
        cells,
        {ignored: 1} if ignored else {},
        {quarantined: 1} if quarantined else {},
    )


def table(*rows: str, header: str = ORDER_HEADER) -> str:
    """Rows of CSV under a header."""
    return "\n".join([header, *rows, ""])
