"""Orders whose columns already have the canonical names (docs/orders.md)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from training import columns as c
from training.connectors.headers import by_plain_name

NAME = "canonical"

REQUIRED = c.ORDER_REQUIRED


def column_names(found: Sequence[str]) -> dict[str, str]:
    """Canonical name → the file's name for it, for the columns of `found` that are used."""
    plain = by_plain_name(found)
    return {name: plain[name] for name in (*c.ORDER_REQUIRED, *c.ORDER_OPTIONAL) if name in plain}


def with_optional(found: Sequence[str]) -> list[str]:
    """The columns of JSON, whose first rows need not have every key: an optional one may come in any row."""
    plain = by_plain_name(found)
    return [*found, *(name for name in c.ORDER_OPTIONAL if name not in plain)]


def file_name(column: str) -> str:
    """How a file should call a canonical column."""
    return column


def adapter() -> Callable[[pl.DataFrame], pl.DataFrame]:
    """What makes a file's batches canonical, one after the other."""
    return adapt


def adapt(rows: pl.DataFrame) -> pl.DataFrame:
    """Nothing to change."""
    return rows
