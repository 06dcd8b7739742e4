"""The canonical catalogue columns, typed and checked, also from Google Merchant Center's names for them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from training import columns as c
from training.connectors.fields import LARGEST_PRICE, as_id, as_number, as_time, id_fault, text_or_null
from training.connectors.headers import by_plain_name

NAMES: dict[str, tuple[str, ...]] = {
    c.PRODUCT_ID: (c.PRODUCT_ID, "id"),
    c.TITLE: (c.TITLE,),
    c.URL: (c.URL, "link"),
    c.IMAGE_URL: (c.IMAGE_URL, "image_link"),
    c.BRAND: (c.BRAND,),
    c.CATEGORY: (c.CATEGORY, "product_type", "google_product_category"),
    c.PRICE: (c.PRICE,),
    c.CURRENCY: (c.CURRENCY,),
    c.IN_STOCK: (c.IN_STOCK, "availability"),
    c.AVAILABLE_FROM: (c.AVAILABLE_FROM, "availability_date"),
    c.TAGS: (c.TAGS,),
}
"""Canonical name → the names it goes by, the preferred one first (Google: "Product data specification")."""

CATALOG_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    **dict.fromkeys(NAMES, pl.String),
    c.PRICE: pl.Float64,
    c.IN_STOCK: pl.Boolean,
    c.AVAILABLE_FROM: pl.Datetime("us", "UTC"),
    c.SOURCE: pl.String,
    c.LINE: pl.Int64,
}

PRICE = r"^(?:(?<before>[A-Za-z]{3}) ?)?(?<amount>[0-9]+(?:\.[0-9]*)?)(?: ?(?<after>[A-Za-z]{3}))?$"
"""`12.99`, `12.99 USD` or `USD 12.99`."""

ORDERABLE = {
    **dict.fromkeys(("true", "yes", "1", "in_stock", "in stock", "preorder", "backorder"), True),
    **dict.fromkeys(("false", "no", "0", "out_of_stock", "out of stock", "discontinued"), False),
}
"""What can be ordered now counts as in stock, even if it is sent later."""

LINK = r"^(https?://\S+|/([^/\\\s]\S*)?)$"
"""Absolute, or from the shop's own root. Pages link to it, so `javascript:` and its kin stay out."""


def column_names(found: Sequence[str]) -> dict[str, str]:
    """Canonical name → the file's name for it."""
    plain = by_plain_name(found)
    names = {ours: [plain[name] for name in theirs if name in plain] for ours, theirs in NAMES.items()}
    return {ours: candidates[0] for ours, candidates in names.items() if candidates}


def typed(raw: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """The columns of `CATALOG_SCHEMA`, `text` and `reason`, from canonical columns of any type.

    Args:
        raw: `product_id`, `source`, `line`, `text` and any of the other columns; those absent become null.
        timezone: the zone of times that name none.
    """
    text = raw.select(text_or_null(raw, name) for name in NAMES)
    price = text[c.PRICE].str.extract_groups(PRICE).struct.unnest()
    available_from = raw[c.AVAILABLE_FROM] if c.AVAILABLE_FROM in raw.columns else text[c.AVAILABLE_FROM]
    rows = text.with_columns(
        as_id(raw[c.PRODUCT_ID]),
        pl.col(c.CATEGORY).str.replace_all(r"\s*>\s*", " > "),
        as_number(price["amount"]).alias(c.PRICE),
        pl.coalesce(pl.col(c.CURRENCY), price["after"], price["before"]).str.to_uppercase(),
        pl.col(c.IN_STOCK)
        .str.to_lowercase()
        .replace_strict(ORDERABLE, default=None, return_dtype=pl.Boolean),
        as_time(available_from, timezone).alias(c.AVAILABLE_FROM),
        raw[c.SOURCE],
        raw[c.LINE],
        raw[c.TEXT],
    )
    return rows.with_columns(_fault(rows, text))


def _fault(rows: pl.DataFrame, text: pl.DataFrame) -> pl.Series:
    """The first thing that is wrong with each row, or null; an empty cell is nothing wrong."""
    lost = [
        pl.when(rows[name].is_null() & text[name].is_not_null()).then(pl.lit(f"bad_{name}"))
        for name in (c.PRICE, c.IN_STOCK, c.AVAILABLE_FROM)
    ]
    return rows.select(
        pl.coalesce(
            pl.when(pl.col(c.PRODUCT_ID).is_null()).then(pl.lit("product_id_missing")),
            id_fault(c.PRODUCT_ID),
            *lost,
            pl.when(pl.col(c.PRICE) > LARGEST_PRICE).then(pl.lit("bad_price")),
            pl.when(~pl.col(c.CURRENCY).str.contains(r"^[A-Z]{3}$")).then(pl.lit("bad_currency")),
            *(
                pl.when(~pl.col(name).str.contains(LINK)).then(pl.lit(f"bad_{name}"))
                for name in (c.URL, c.IMAGE_URL)
            ),
        ).alias(c.REASON)
    ).to_series()
