"""What `python -m training pull` stored: platform lines, with a hash in the place of each e-mail address."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from training import columns as c
from training.connectors.platform_lines import PLATFORM_SCHEMA, email_hash

NAME = "pulled"

SCHEMA: dict[str, type[pl.DataType]] = {
    **{name: kind for name, kind in PLATFORM_SCHEMA.items() if name != c.CUSTOMER_EMAIL},
    c.CUSTOMER_EMAIL_SHA256: pl.String,
}

REQUIRED = tuple(SCHEMA)


def without_emails(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines of `PLATFORM_SCHEMA` as they may be stored: the columns of `SCHEMA`."""
    hashes = email_hash(lines[c.CUSTOMER_EMAIL]).alias(c.CUSTOMER_EMAIL_SHA256)
    return lines.with_columns(hashes).select(*SCHEMA)


def column_names(found: Sequence[str]) -> dict[str, str]:
    """Our name → the file's name for it, for the columns of `found` that are used."""
    return {name: name for name in SCHEMA if name in found}


def file_name(column: str) -> str:
    """How a file should call a column of ours."""
    return column


def adapter() -> Callable[[pl.DataFrame], pl.DataFrame]:
    """What makes a file's batches platform lines, one after the other."""
    return adapt


def adapt(rows: pl.DataFrame) -> pl.DataFrame:
    """Platform lines without any address; the hash stands beside."""
    return rows.with_columns(pl.lit(None, dtype=pl.String).alias(c.CUSTOMER_EMAIL))
