"""Numbers with a decimal comma or with marks between thousands, where only one meaning is possible."""

from __future__ import annotations

import polars as pl

COMMA = r"^[+-]?[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})$"
"""Not with three digits after it: `1,299` may be either."""
GROUPED_BY_COMMAS = r"^[+-]?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+$"
GROUPED_BY_POINTS = r"^[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+$"


def with_decimal_point(text: pl.Series) -> pl.Series:
    """`12,5`, `1,299.00` and `1.299,00` as `12.5` and `1299.00`; null for all other texts."""
    number = pl.col("number")
    return (
        text.to_frame("number")
        .select(
            pl.when(number.str.contains(GROUPED_BY_COMMAS))
            .then(number.str.replace_all(",", "", literal=True))
            .when(number.str.contains(f"{COMMA}|{GROUPED_BY_POINTS}"))
            .then(number.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True))
        )
        .to_series()
    )
