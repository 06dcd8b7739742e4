"""Rows of a catalogue, typed and checked, by the canonical names or Google Merchant Center's for them.

A row is an offer: one variant of a product, or a product as a whole. What variants become is told by
`training.catalog_roll_up`.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

import polars as pl

from training import columns as c
from training.connectors.fields import LARGEST_PRICE, as_id, as_time, id_fault, text_or_null
from training.connectors.headers import chosen
from training.connectors.prices import amount_and_currency

NAMES: dict[str, tuple[str, ...]] = {
    c.PRODUCT_ID: (c.PRODUCT_ID, "id", "sku"),
    c.TITLE: (c.TITLE, "name"),
    c.URL: (c.URL, "link"),
    c.IMAGE_URL: (c.IMAGE_URL, "image_link"),
    c.BRAND: (c.BRAND,),
    c.CATEGORY: (c.CATEGORY, "product_type", "google_product_category"),
    c.PRICE: (c.PRICE,),
    c.SALE_PRICE: (c.SALE_PRICE, "special_price"),
    c.SALE_PERIOD: (c.SALE_PERIOD,),
    c.CURRENCY: (c.CURRENCY,),
    c.IN_STOCK: (c.IN_STOCK, "availability", "is_in_stock", "qty"),
    c.AVAILABLE_FROM: (c.AVAILABLE_FROM, "availability_date"),
    c.TAGS: (c.TAGS,),
    c.ITEM_GROUP_ID: (c.ITEM_GROUP_ID,),
}
"""Canonical name → the names it goes by, the preferred one first.

After ours come Google's ("Product data specification"), then those of plain tables of products, such as
Magento's sample data: `sku`, `name`, `special_price`, `is_in_stock`, `qty`.
"""

CATALOG_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    c.PRODUCT_ID: pl.String,
    c.TITLE: pl.String,
    c.URL: pl.String,
    c.IMAGE_URL: pl.String,
    c.BRAND: pl.String,
    c.CATEGORY: pl.String,
    c.PRICE: pl.Float64,
    c.CURRENCY: pl.String,
    c.IN_STOCK: pl.Boolean,
    c.AVAILABLE_FROM: pl.Datetime("us", "UTC"),
    c.TAGS: pl.String,
    c.SOURCE: pl.String,
    c.LINE: pl.Int64,
}

OFFER_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    **CATALOG_SCHEMA,
    c.SKU: pl.String,
    c.VARIANT_ID: pl.String,
    c.PLATFORM_PRODUCT_ID: pl.String,
    c.VARIANT_TITLE: pl.String,
    c.IS_VARIANT: pl.Boolean,
    c.OFFERED: pl.Boolean,
    c.IGNORED: pl.String,
}

RAW_OFFER_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    **{name: pl.Boolean if kind == pl.Boolean else pl.String for name, kind in OFFER_SCHEMA.items()},
    c.IN_STOCK: pl.String,
    c.SALE_PRICE: pl.String,
    c.SALE_PERIOD: pl.String,
    c.LINE: pl.Int64,
    c.TEXT: pl.String,
}
"""What a platform's connector fills, as text; what it leaves out is null."""

ORDERABLE = {
    **dict.fromkeys(("true", "yes", "1", "in_stock", "instock"), True),
    **dict.fromkeys(("preorder", "pre_order", "backorder", "onbackorder", "available_for_order"), True),
    **dict.fromkeys(("false", "no", "0", "out_of_stock", "outofstock", "discontinued"), False),
}
"""What can be ordered now counts as in stock, even if it is sent later. Spaces may stand for underscores."""

FIRST_CATEGORY = pl.col(c.CATEGORY).str.extract(r"(\S[^\r\n]*)")
"""Of several categories, each on a line of its own."""

PIECES = r"^-?\d[\d.,]*$"
SOME_PIECES = r"^[^-]*[1-9]"

LINK = r"^(https?://\S+|/([^/\\\s]\S*)?)$"
"""Absolute, or from the shop's own root. Pages link to it, so `javascript:` and its kin stay out."""

WORDS = (c.TITLE, c.VARIANT_TITLE, c.BRAND, c.CATEGORY, c.TAGS)
"""Plain text, although some platforms write it as HTML does: `Salt &amp; pepper`."""

TEXTS = (*NAMES, c.VARIANT_TITLE, c.SKU, c.VARIANT_ID, c.PLATFORM_PRODUCT_ID, c.IGNORED)


def column_names(found: Sequence[str]) -> dict[str, str]:
    """Canonical name → the file's name for it."""
    return chosen(found, NAMES)


def typed(raw: pl.DataFrame, timezone: str, now: int | None) -> pl.DataFrame:
    """The columns of `OFFER_SCHEMA`, `text` and `reason`, from canonical columns of any type.

    Args:
        raw: `product_id`, `source`, `line`, `text` and any of the other columns; those absent become null.
        timezone: the zone of times that name none.
        now: seconds since 1970 UTC, by which it is told whether a sale is on; None: those with a period
            are not.
    """
    text = raw.select(text_or_null(raw, name) for name in TEXTS).with_columns(FIRST_CATEGORY)
    price, bad = _price(text, timezone, now)
    available_from = raw[c.AVAILABLE_FROM] if c.AVAILABLE_FROM in raw.columns else text[c.AVAILABLE_FROM]
    rows = text.with_columns(
        *(_unescaped(text[name]) for name in WORDS),
        *(text[name].str.replace_all(" ", "%20", literal=True) for name in (c.URL, c.IMAGE_URL)),
        as_id(raw[c.PRODUCT_ID]),
        *price,
        _orderable(text[c.IN_STOCK]),
        as_time(available_from, timezone).alias(c.AVAILABLE_FROM),
        raw[c.SOURCE],
        raw[c.LINE],
        raw[c.TEXT],
        _flag(raw, c.IS_VARIANT, absent=False),
        _flag(raw, c.OFFERED, absent=True),
    ).with_columns(pl.col(c.CATEGORY).str.replace_all(r"\s*>\s*", " > "))
    bad |= {name: rows[name].is_null() for name in (c.IN_STOCK, c.AVAILABLE_FROM)}
    lost = {name: fault & text[name].is_not_null() for name, fault in bad.items()}
    return rows.with_columns(_fault(rows, lost))


def _flag(raw: pl.DataFrame, name: str, *, absent: bool) -> pl.Series:
    if name not in raw.columns:
        return pl.Series(name, [absent]).new_from_index(0, raw.height)
    return raw[name].fill_null(absent)


def _orderable(told: pl.Series) -> pl.Series:
    """Whether it can be ordered, by a word or by the number of pieces; null where it is neither."""
    words = told.str.to_lowercase().str.replace_all(r"[ -]", "_")
    by_word = words.replace_strict(ORDERABLE, default=None, return_dtype=pl.Boolean)
    by_number = pl.when(told.str.contains(PIECES)).then(told.str.contains(SOME_PIECES))
    return pl.select(pl.coalesce(by_word, by_number).alias(c.IN_STOCK)).to_series()


def _unescaped(words: pl.Series) -> pl.Series:
    """Without HTML's entities, and without double spaces."""
    escaped = words.filter(words.str.contains("&", literal=True)).unique()
    plain = {text: html.unescape(text) for text in escaped}
    return words.replace(plain).str.replace_all(r"\s+", " ").str.strip_chars()


def _price(text: pl.DataFrame, timezone: str, now: int | None) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """Price and currency as of `now`, and for each column that tells them, where it does not."""
    price, currency = amount_and_currency(text[c.PRICE])
    sale_price, sale_currency = amount_and_currency(text[c.SALE_PRICE])
    on_sale, bad_period = _on_sale(text[c.SALE_PERIOD], timezone, now)
    on_sale &= (sale_price < price).fill_null(price.is_null())
    told = pl.select(
        sale_price.zip_with(on_sale, price).alias(c.PRICE),
        pl.coalesce(text[c.CURRENCY], currency, sale_currency).str.to_uppercase().alias(c.CURRENCY),
    )
    return told, {c.PRICE: price.is_null(), c.SALE_PRICE: sale_price.is_null(), c.SALE_PERIOD: bad_period}


def _on_sale(period: pl.Series, timezone: str, now: int | None) -> tuple[pl.Series, pl.Series]:
    """Whether `now` is within each period, and which periods are none; no period is always."""
    sides = period.str.splitn("/", 2).struct.unnest()
    starts, ends = sides.to_series(0), sides.to_series(1)
    start, end = (as_time(side.set(side == "", None), timezone) for side in (starts, ends))
    # A bare date as the end is a day on which the sale is still on.
    is_date = ends.str.strip_chars().str.len_chars() == len("2026-01-31")
    end = pl.select(pl.when(is_date).then(end.dt.offset_by("1d")).otherwise(end)).to_series()
    bad = ((starts != "") & start.is_null()) | ((ends != "") & end.is_null()) | ends.is_null()
    if now is None:
        return period.is_null(), bad
    moment = pl.lit(now).cast(pl.Int64) * 1_000_000
    within = pl.select(
        (pl.lit(start).dt.epoch("us") <= moment).fill_null(True)
        & (pl.lit(end).dt.epoch("us") > moment).fill_null(True)
    ).to_series()
    return within, bad


def _fault(rows: pl.DataFrame, lost: dict[str, pl.Series]) -> pl.Series:
    """The first thing that is wrong with each row, or null.

    Args:
        lost: where a column's cell held something that is no value of its kind.
    """
    return rows.select(
        pl.when(pl.col(c.IGNORED).is_null())
        .then(
            pl.coalesce(
                pl.when(pl.col(c.PRODUCT_ID).is_null()).then(pl.lit("product_id_missing")),
                id_fault(c.PRODUCT_ID),
                *(pl.when(pl.lit(fault)).then(pl.lit(f"bad_{name}")) for name, fault in lost.items()),
                pl.when(pl.col(c.PRICE) > LARGEST_PRICE).then(pl.lit("bad_price")),
                pl.when(~pl.col(c.CURRENCY).str.contains(r"^[A-Z]{3}$")).then(pl.lit("bad_currency")),
                *(
                    pl.when(~pl.col(name).str.contains(LINK)).then(pl.lit(f"bad_{name}"))
                    for name in (c.URL, c.IMAGE_URL)
                ),
            )
        )
        .alias(c.REASON)
    ).to_series()
