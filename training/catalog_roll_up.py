"""What variants become: one product each, or all those of a product together."""

from __future__ import annotations

import polars as pl

from training import columns as c
from training.connectors.catalog_rows import CATALOG_SCHEMA
from training.connectors.platform_lines import ProductKey

DASH = " – "


def one_row_a_product(offers: pl.DataFrame, key: ProductKey) -> pl.DataFrame:
    """Roll offers up.

    Args:
        offers: `OFFER_SCHEMA`, in the order read; of several rows of one offer the last counts.
        key: which id became `product_id`. Variants that share it are one row, with the lowest price, in stock
            if any of them is: with `product` all of a product. The others are rows of their own, with what
            they lack from the product as a whole.

    Returns:
        `CATALOG_SCHEMA`, a row for each product id.
    """
    identity = [c.PRODUCT_ID, c.PLATFORM_PRODUCT_ID, c.VARIANT_ID, c.SKU, c.IS_VARIANT]
    told = offers.unique(identity, keep="last", maintain_order=True).with_row_index("position")
    variants, wholes = told.filter(c.IS_VARIANT), told.filter(~pl.col(c.IS_VARIANT))
    alone = wholes.join(variants, on=c.PLATFORM_PRODUCT_ID, how="anti")
    rows = pl.concat([alone, _completed(variants, wholes, key).select(alone.columns)]).sort("position")
    in_stock = pl.when(c.OFFERED).then(c.IN_STOCK).otherwise(False)
    return _together(rows.with_columns(in_stock.alias(c.IN_STOCK))).unique(
        c.PRODUCT_ID, keep="last", maintain_order=True
    )


def _completed(variants: pl.DataFrame, wholes: pl.DataFrame, key: ProductKey) -> pl.DataFrame:
    """Variants with what only their product tells; titled with their own name, too, if they stand alone."""
    parents = wholes.unique(c.PLATFORM_PRODUCT_ID, keep="last").select(
        c.PLATFORM_PRODUCT_ID,
        *(pl.col(name).name.suffix("_whole") for name in (*c.PRODUCT_FIELDS, c.OFFERED)),
    )
    siblings = pl.len().over(c.PRODUCT_ID, c.PLATFORM_PRODUCT_ID)
    shared = pl.lit(True) if key == "product" else siblings > 1
    title = pl.when(~pl.col("shared")).then(pl.concat_str(c.TITLE, pl.lit(DASH), c.VARIANT_TITLE))
    return (
        variants.with_columns(shared.alias("shared"))
        .join(parents, on=c.PLATFORM_PRODUCT_ID, how="left")
        .with_columns(
            *(_inherited(name) for name in c.PRODUCT_FIELDS),
            pl.col(c.OFFERED) & pl.col(f"{c.OFFERED}_whole").fill_null(True),
        )
        .with_columns(pl.coalesce(title, c.TITLE, c.VARIANT_TITLE).alias(c.TITLE))
    )


def _inherited(name: str) -> pl.Expr:
    own, of_whole = name, f"{name}_whole"
    if name in (c.PRICE, c.CURRENCY, c.IN_STOCK):
        return pl.coalesce(own, of_whole).alias(name)
    # What several variants share is called and shown as their product is.
    together, apart = pl.coalesce(of_whole, own), pl.coalesce(own, of_whole)
    return pl.when("shared").then(together).otherwise(apart).alias(name)


def _together(rows: pl.DataFrame) -> pl.DataFrame:
    """One row for all offers of a product that share an id."""
    first = [name for name in CATALOG_SCHEMA if name not in (c.PRODUCT_ID, c.PRICE, c.CURRENCY, c.IN_STOCK)]
    cheapest = pl.col(c.PRICE).arg_min()
    return (
        rows.group_by(c.PRODUCT_ID, c.PLATFORM_PRODUCT_ID, maintain_order=True)
        .agg(
            *(pl.col(name).drop_nulls().first() for name in first),
            pl.col(c.PRICE).min(),
            pl.coalesce(pl.col(c.CURRENCY).get(cheapest), pl.col(c.CURRENCY).drop_nulls().first()),
            # Unknown stock is no reason to call all of them out of stock.
            pl.col(c.IN_STOCK).any(ignore_nulls=False),
        )
        .select(*CATALOG_SCHEMA)
    )
