"""Shopify's own export of orders from the admin: `orders_export.csv`.

One row for each line item; only an order's first row carries the order's fields. The export has neither the
customer's id nor ids of products or variants.
https://help.shopify.com/en/manual/fulfillment/managing-orders/exporting-orders
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from training import columns as c
from training.connectors.fields import as_id, as_number, text_or_null
from training.connectors.headers import by_plain_name
from training.connectors.order_rows import CANCELLED
from training.connectors.shopify_json import STATUSES, TIP

NAME = "shopify"

ORDER_NAME, CANCELLED_AT, PAYMENT = "order_name", "cancelled_at", "payment_method"
DISCOUNT, SHIPPED = "discount", "requires_shipping"

COLUMNS = {
    ORDER_NAME: "Name",
    c.ORDER_ID: "Id",
    c.CUSTOMER_EMAIL: "Email",
    c.STATUS: "Financial Status",
    c.CURRENCY: "Currency",
    c.ORDERED_AT: "Created at",
    CANCELLED_AT: "Cancelled at",
    PAYMENT: "Payment Method",
    c.QUANTITY: "Lineitem quantity",
    c.TITLE: "Lineitem name",
    c.UNIT_PRICE: "Lineitem price",
    c.SKU: "Lineitem sku",
    DISCOUNT: "Lineitem discount",
    SHIPPED: "Lineitem requires shipping",
}

OF_THE_ORDER = (c.ORDER_ID, c.CUSTOMER_EMAIL, c.STATUS, c.CURRENCY, c.ORDERED_AT, CANCELLED_AT, PAYMENT)
"""What may stand on an order's first row only."""

REQUIRED = (ORDER_NAME, c.STATUS, c.ORDERED_AT, c.QUANTITY, c.TITLE, c.UNIT_PRICE)

TEST_PAYMENT = r"(?i)bogus"
"""`(for testing) Bogus Gateway`, how Shopify calls its payments that are none."""

GIFT_CARD = r"(?i)\bgift ?card\b"
"""In the title of a line that is not shipped; the export has no other sign of a gift card."""


def column_names(found: Sequence[str]) -> dict[str, str]:
    """Our name → the file's name for it, for the columns of `found` that are used."""
    plain = by_plain_name(found)
    keys = {ours: theirs.lower().replace(" ", "_") for ours, theirs in COLUMNS.items()}
    return {ours: plain[key] for ours, key in keys.items() if key in plain}


def file_name(column: str) -> str:
    """How a file should call a column of ours."""
    return COLUMNS[column]


def adapter() -> Callable[[pl.DataFrame], pl.DataFrame]:
    """What makes a file's batches platform lines; an order may begin in one batch and go on in the next."""
    last = pl.DataFrame()

    def adapt(rows: pl.DataFrame) -> pl.DataFrame:
        nonlocal last
        orders = with_order_fields(pl.concat([last, _as_text(rows)], how="diagonal"))
        carried = last.height
        last = orders.tail(1)
        return _platform_lines(orders.slice(carried))

    return adapt


def _as_text(rows: pl.DataFrame) -> pl.DataFrame:
    """All of our columns as text, null where a cell is empty or the column absent."""
    # SKUs are as exact as in the platform's other formats, and in the catalogue.
    skus = as_id(rows[c.SKU]) if c.SKU in rows.columns else text_or_null(rows, c.SKU)
    # A file without the column `Id` has only the name to tell orders apart.
    order_ids = text_or_null(rows, c.ORDER_ID if c.ORDER_ID in rows.columns else ORDER_NAME)
    return rows.with_columns(
        *(text_or_null(rows, name).alias(name) for name in COLUMNS),
        pl.lit(None, dtype=pl.Int64).alias(c.COPY),
    ).with_columns(skus.alias(c.SKU), order_ids.alias(c.ORDER_ID))


def with_order_fields(rows: pl.DataFrame) -> pl.DataFrame:
    """Every row with the fields of its order, and `copy`, which counts the orders of the file.

    Args:
        rows: text; the first may be one that this function returned for the rows before.
    """
    name, id = pl.col(ORDER_NAME), pl.col(c.ORDER_ID)
    is_first = name.ne_missing(name.shift()) | (id.is_not_null() & id.ne_missing(id.forward_fill().shift()))
    begins = pl.col(c.COPY).is_null() & is_first
    base = pl.col(c.COPY).first().fill_null(0)
    numbered = rows.with_columns((begins.cast(pl.Int64).cum_sum() + base).alias(c.COPY))
    return numbered.with_columns(pl.col(*OF_THE_ORDER).forward_fill().over(c.COPY))


def _platform_lines(rows: pl.DataFrame) -> pl.DataFrame:
    status = pl.col(c.STATUS).str.to_lowercase()
    cancelled = pl.col(CANCELLED_AT).is_not_null()
    return rows.with_columns(
        pl.lit(None, dtype=pl.String).alias(c.PLATFORM_CUSTOMER_ID),
        # Products without a SKU have nothing else that tells them apart.
        pl.coalesce(c.SKU, c.TITLE).alias(c.SKU),
        _unit_price(rows),
        pl.when(cancelled).then(pl.lit(CANCELLED)).otherwise(status.replace(STATUSES)).alias(c.STATUS),
        _ignored().alias(c.IGNORED),
    )


def _unit_price(rows: pl.DataFrame) -> pl.Series:
    """The price of one less its share of the line's discount, as text where there is none."""
    discount, quantity = as_number(rows[DISCOUNT]).fill_null(0), as_number(rows[c.QUANTITY])
    reduced = (as_number(rows[c.UNIT_PRICE]) - discount / quantity).clip(lower_bound=0).round(6)
    has_discount = ((discount != 0) & (quantity > 0)).fill_null(False)
    return reduced.cast(pl.String).zip_with(has_discount, rows[c.UNIT_PRICE]).alias(c.UNIT_PRICE)


def _ignored() -> pl.Expr:
    """Why a row is no sale of a product, else null."""
    title, sku = pl.col(c.TITLE), pl.col(c.SKU)
    is_digital = pl.col(SHIPPED).str.to_lowercase() == "false"
    return pl.coalesce(
        pl.when(title.is_null() & sku.is_null() & pl.col(c.QUANTITY).is_null()).then(pl.lit("empty_order")),
        pl.when(pl.col(PAYMENT).str.contains(TEST_PAYMENT)).then(pl.lit("test_order")),
        pl.when(sku.is_null() & (title.str.to_lowercase() == TIP)).then(pl.lit("tip")),
        pl.when(is_digital & title.str.contains(GIFT_CARD)).then(pl.lit("gift_card")),
    )
