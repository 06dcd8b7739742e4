"""Orders from a database by its address and a query."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from training.connectors.platform_lines import IdKeys
from training.errors import UsageError


def is_address(source: str) -> bool:
    """Whether a source is a database's address, such as `postgresql://user@host/shop`."""
    return "://" in source


def read_database(
    address: str, query: str | None, format: str, timezone: str, keys: IdKeys
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """(good, bad) order rows.

    Raises:
        UsageError: the address cannot be used.
    """
    raise UsageError(
        f"{address.partition('://')[0]}:// addresses arrive in a later version; export to a file"
    )
