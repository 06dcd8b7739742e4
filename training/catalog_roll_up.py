"""What variants become: one product each, or all those of a product together."""

from __future__ import annotations

import polars as pl

from training import columns as c
from training.connectors.catalog_rows import CATALOG_SCHEMA
from training.connectors.platform_lines import ProductKey

INHERITED = (
    c.TITLE,
    c.URL,
    c.IMAGE_URL,
    c.BRAND,
    c.CATEGORY,
    c.PRICE,
    c.CURRENCY,
    c.IN_STOCK,
    c.AVAILABLE_FROM,
    c.TAGS,
)
"""What a variant has of its product where it tells nothing else."""

DASH = " – "


def one_row_a_product(offers: pl.DataFrame, key: ProductKey) -> pl.DataFrame:
    """Roll offers up.

    Args:
        offers: `OFFER_SCHEMA`, in the order read; of several rows of one offer the last counts.
        key: `product`: the variants of a product are one row, with the lowest price, in stock if any of them
            is; else each is a row of its own, with what it lacks from the product as a whole.

    Returns:
        `CATALOG_SCHEMA`, a row for each product id.
    """
    identity = [c.PLATFORM_PRODUCT_ID, c.VARIANT_ID, c.SKU, c.IS_VARIANT]
    told = offers.unique(identity, keep="last", maintain_order=True).with_row_index("position")
    variants, wholes = told.filter(c.IS_VARIANT), told.filter(~pl.col(c.IS_VARIANT))
    alone = wholes.join(variants, on=c.PLATFORM_PRODUCT_ID, how="anti")
    parents = wholes.unique(c.PLATFORM_PRODUCT_ID, keep="last").select(
        c.PLATFORM_PRODUCT_ID, *(pl.col(name).name.suffix("_whole") for name in (*INHERITED, c.OFFERED))
    )
    variants = variants.join(parents, on=c.PLATFORM_PRODUCT_ID, how="left")
    variants = variants.with_columns(
        *(_inherited(name, first_whole=key == "product") for name in INHERITED),
        pl.col(c.OFFERED) & pl.col(f"{c.OFFERED}_whole").fill_null(True),
    )
    rows = (
        pl.concat([alone, variants.select(alone.columns)])
        .sort("position")
        .with_columns(pl.when(c.OFFERED).then(c.IN_STOCK).otherwise(False).alias(c.IN_STOCK))
    )
    if key == "product":
        return _together(rows)
    title = pl.concat_str(c.TITLE, pl.lit(DASH), c.VARIANT_TITLE)
    named = rows.with_columns(pl.coalesce(title, c.TITLE, c.VARIANT_TITLE).alias(c.TITLE))
    return named.unique(c.PRODUCT_ID, keep="last", maintain_order=True).select(*CATALOG_SCHEMA)


def _inherited(name: str, *, first_whole: bool) -> pl.Expr:
    sides = [name, f"{name}_whole"]
    # A variant's own price and stock count; the title and the picture of a product are the product's.
    of_product = first_whole and name not in (c.PRICE, c.CURRENCY, c.IN_STOCK)
    return pl.coalesce(reversed(sides) if of_product else sides).alias(name)


def _together(rows: pl.DataFrame) -> pl.DataFrame:
    first = [name for name in CATALOG_SCHEMA if name not in (c.PRODUCT_ID, c.PRICE, c.CURRENCY, c.IN_STOCK)]
    cheapest = pl.col(c.PRICE).arg_min()
    return (
        rows.group_by(c.PRODUCT_ID, maintain_order=True)
        .agg(
            *(pl.col(name).drop_nulls().first() for name in first),
            pl.col(c.PRICE).min(),
            pl.coalesce(pl.col(c.CURRENCY).get(cheapest), pl.col(c.CURRENCY).drop_nulls().first()),
            # Unknown stock is no reason to call the whole product out of stock.
            pl.col(c.IN_STOCK).any(ignore_nulls=False),
        )
        .select(*CATALOG_SCHEMA)
    )
