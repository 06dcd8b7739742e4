"""Orders whose columns already have the canonical names (docs/orders.md)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from training import columns as c
from training.connectors.fields import as_id
from training.connectors.headers import by_plain_name
from training.connectors.platform_lines import CustomerKey, email_hash

NAME = "canonical"

REQUIRED = c.ORDER_REQUIRED


def column_names(found: Sequence[str]) -> dict[str, str]:
    """Canonical name → the file's name for it, for the columns of `found` that are used."""
    plain = by_plain_name(found)
    return {name: plain[name] for name in (*c.ORDER_REQUIRED, *c.ORDER_OPTIONAL) if name in plain}


def with_optional(found: Sequence[str]) -> list[str]:
    """The columns of JSON, whose first rows need not have every key: an optional one may come in any row.

    But `email`: whether a file has it decides who its customers are.
    """
    plain = by_plain_name(found)
    return [*found, *(name for name in c.ORDER_OPTIONAL if name not in plain and name != c.EMAIL)]


def file_name(column: str) -> str:
    """How a file should call a canonical column."""
    return column


def adapter() -> Callable[[pl.DataFrame], pl.DataFrame]:
    """What makes a file's batches canonical, one after the other."""
    return adapt


def adapt(rows: pl.DataFrame) -> pl.DataFrame:
    """Nothing to change."""
    return rows


def with_customer_id(rows: pl.DataFrame, key: CustomerKey) -> pl.DataFrame:
    """Rows with the `customer_id` that counts, told by `customer_id`, `email` or both.

    Under `platform` an empty id is filled with the hash of the row's address. Under `email` the hash alone
    counts; without that column ids with an `@` are taken for addresses, all others for hashes already.
    """
    if c.EMAIL in rows.columns:
        ids = email_hash(rows[c.EMAIL])
        if key == "platform" and c.CUSTOMER_ID in rows.columns:
            own = as_id(rows[c.CUSTOMER_ID])
            ids = own.zip_with(own.is_not_null(), ids)
    elif key == "email":
        ids = as_id(rows[c.CUSTOMER_ID])
        is_address = ids.str.contains("@", literal=True).fill_null(False)
        ids = ids.zip_with(~is_address, email_hash(ids.set(~is_address, None)))
    else:
        return rows
    return rows.with_columns(ids.alias(c.CUSTOMER_ID))
