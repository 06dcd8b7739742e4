"""CSV that people may open in a spreadsheet: a cell that it would run as a formula gets a `'` before it."""

from __future__ import annotations

import polars as pl

FORMULA_START = r"^('*[=+\-@\t\r\n＝＋－＠])"  # noqa: RUF001
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV injection).

Quotes that stand before it already get one more. So whoever takes one off has the cell as it was.
"""


def without_formulas(frame: pl.DataFrame) -> pl.DataFrame:
    """The same frame with every text cell safe to open; numbers stay."""
    return frame.with_columns(pl.col(pl.String).str.replace(FORMULA_START, "'$1"))
