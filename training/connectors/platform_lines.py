"""Order lines of a shop platform, with every id that it knows, before it is settled which ids count.

A platform's connector fills `PLATFORM_SCHEMA`; `to_canonical` then picks the customer's and the product's
id. A pull keeps its lines in this shape, so that the choice can be made anew with each run.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import polars as pl

from training import columns as c
from training.connectors.fields import as_id
from training.errors import UsageError

ProductKey = Literal["sku", "variant", "product"]
CustomerKey = Literal["platform", "email"]

PLATFORM_SCHEMA: dict[str, type[pl.DataType]] = {
    c.ORDER_ID: pl.String,
    c.PLATFORM_CUSTOMER_ID: pl.String,
    c.CUSTOMER_EMAIL: pl.String,
    c.SKU: pl.String,
    c.VARIANT_ID: pl.String,
    c.PLATFORM_PRODUCT_ID: pl.String,
    c.QUANTITY: pl.String,
    c.UNIT_PRICE: pl.String,
    c.ORDERED_AT: pl.String,
    c.STATUS: pl.String,
    c.CURRENCY: pl.String,
    c.TITLE: pl.String,
    c.IGNORED: pl.String,
    c.REVISION: pl.String,
    c.COPY: pl.Int64,
}
"""Text as the platform writes it; times with their zone. What a format does not have is null."""

_PRODUCT_IDS: dict[ProductKey, tuple[str, ...]] = {
    "sku": (c.SKU, c.VARIANT_ID, c.PLATFORM_PRODUCT_ID),
    "variant": (c.VARIANT_ID, c.PLATFORM_PRODUCT_ID),
    "product": (c.PLATFORM_PRODUCT_ID,),
}
"""The ids that may stand for a product, the preferred one first."""


@dataclass(frozen=True)
class IdKeys:
    """Which of a platform's ids become `product_id` and `customer_id`.

    Attributes:
        product: `sku`, else the variant's id; `variant`, else the product's; or `product` alone.
        customer: `platform`, else the hash of the e-mail; or `email` alone.
    """

    product: ProductKey = "sku"
    customer: CustomerKey = "platform"


def to_canonical(lines: pl.DataFrame, keys: IdKeys) -> pl.DataFrame:
    """Platform lines, and whatever else stands beside them, with `product_id` and `customer_id`."""
    hashed = email_hash(lines[c.CUSTOMER_EMAIL])
    if c.CUSTOMER_EMAIL_SHA256 in lines.columns:
        hashed = hashed.zip_with(hashed.is_not_null(), as_id(lines[c.CUSTOMER_EMAIL_SHA256]))
    customer_ids = [hashed] if keys.customer == "email" else [as_id(lines[c.PLATFORM_CUSTOMER_ID]), hashed]
    return lines.with_columns(
        product_id(lines, keys.product),
        pl.select(pl.coalesce(customer_ids)).to_series().alias(c.CUSTOMER_ID),
    )


def product_id(rows: pl.DataFrame, key: ProductKey) -> pl.Series:
    """The `product_id` of lines of orders, or of a catalogue: the preferred one of the ids that are there.

    Raises:
        UsageError: the format has no such id.
    """
    ids = [as_id(rows[name]) for name in _PRODUCT_IDS[key] if name in rows.columns]
    if not ids:
        raise UsageError(
            f"--product-key {key} cannot be used: {_source(rows)} names products by their SKU alone; leave "
            "the option out, here and for the catalogue, or take orders from the platform's API"
        )
    return pl.select(pl.coalesce(ids)).to_series().alias(c.PRODUCT_ID)


def _source(rows: pl.DataFrame) -> str:
    return str(rows[c.SOURCE][0]) if rows.height and c.SOURCE in rows.columns else "the format"


def email_hash(emails: pl.Series) -> pl.Series:
    """SHA-256, in hex, of each address in lower case without outer spaces; null where there is none."""
    plain = as_id(emails).str.strip_chars().str.to_lowercase()
    distinct = plain.drop_nulls().unique()
    hashes = {email: hashlib.sha256(email.encode()).hexdigest() for email in distinct}
    return plain.replace_strict(hashes, default=None, return_dtype=pl.String)
