"""Rows that could not be read: kept aside with their place and what is wrong, never dropped in silence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from service.exports.spreadsheet import without_formulas
from training import columns as c
from training.errors import InputRefused

SCHEMA: dict[str, type[pl.DataType]] = {
    c.SOURCE: pl.String,
    c.LINE: pl.Int64,
    c.REASON: pl.String,
    c.TEXT: pl.String,
}

MAX_TEXT = 1_000
"""Characters kept of a bad row: enough to find it, little enough for a file that is one endless line."""


@dataclass(frozen=True, eq=False)
class Quarantine:
    """The bad rows of one reading.

    Attributes:
        rows: columns source, line (1-based), reason, text (cut to `MAX_TEXT` characters).
    """

    rows: pl.DataFrame

    def __len__(self) -> int:
        return self.rows.height

    @classmethod
    def of(cls, parts: Iterable[pl.DataFrame]) -> Quarantine:
        """Join frames that have at least the four columns; rows are sorted by source and line."""
        frames = [part.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items()) for part in parts]
        rows = pl.concat([pl.DataFrame(schema=SCHEMA), *frames])
        return cls(rows.with_columns(pl.col(c.TEXT).str.slice(0, MAX_TEXT)).sort(c.SOURCE, c.LINE))

    def counts(self) -> dict[str, int]:
        """Rows by reason, most first."""
        by_reason = self.rows.group_by(c.REASON).len("rows").sort("rows", c.REASON, descending=[True, False])
        return dict(by_reason.iter_rows())

    def write(self, file: Path) -> None:
        """Write a CSV that spreadsheets show as text: what would start a formula gets a `'` before it."""
        file.parent.mkdir(parents=True, exist_ok=True)
        without_formulas(self.rows).write_csv(file)


def require_at_most(max_share: float, counts: Mapping[str, int], read: int, what: str) -> None:
    """Raises `InputRefused` if strictly more than `max_share` (0 to 1) of the rows read are bad.

    Args:
        counts: bad rows by reason.
        read: all rows read.
        what: what the rows are, for the message: `order rows`.
    """
    bad = sum(counts.values())
    if read and bad / read > max_share:
        raise InputRefused(
            f"{bad} of {read} {what} are quarantined ({listed(counts)}), more than the allowed share of "
            f"{max_share:g} (orders.max_quarantined); the quarantine file tells each row's line and reason"
        )


def listed(counts: Mapping[str, int]) -> str:
    """`bad_quantity 5, ragged_row 2`"""
    return ", ".join(f"{reason} {rows}" for reason, rows in counts.items())
