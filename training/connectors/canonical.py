"""Orders whose columns already have the canonical names (docs/orders.md)."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from training import columns as c

NAME = "canonical"


def column_names(found: Sequence[str]) -> dict[str, str]:
    """Canonical name → the file's name for it, for the columns of `found` that are used."""
    return {name: name for name in (*c.ORDER_REQUIRED, *c.ORDER_OPTIONAL) if name in found}


def required_columns() -> Sequence[str]:
    """The file's names of the columns that must be there."""
    return c.ORDER_REQUIRED


def adapt(rows: pl.DataFrame) -> pl.DataFrame:
    """Nothing to change."""
    return rows
