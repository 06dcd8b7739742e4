"""WooCommerce's own export of orders: the report Analytics > Orders, downloaded as CSV.

One row for each order, and one more for each refund, with its products by name in one cell
(`1× Tea, 2× Mug, large`). It has no customer but a person's name, so every order is a guest's.
https://woocommerce.com/document/woocommerce-analytics/orders-report/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import polars as pl

from training import columns as c
from training.connectors.fields import as_number, text_or_null
from training.connectors.headers import by_plain_name
from training.connectors.order_rows import PENDING
from training.connectors.woocommerce_json import DRAFTS, STATUSES

NAME = "woocommerce"

PRODUCTS, UNITS, REVENUE = "products", "units", "revenue"

COLUMNS = {
    c.ORDER_ID: ("Order #",),
    c.ORDERED_AT: ("Date",),
    c.STATUS: ("Status",),
    PRODUCTS: ("Product(s)",),
    UNITS: ("Items sold",),
    REVENUE: ("Net Sales", "N. Revenue"),
}
"""Our name → what versions of the platform call it, the present one first."""

REQUIRED = tuple(COLUMNS)

PRODUCT = re.compile(r"(-?\d+)× (.*?)(?=, -?\d+× |$)", re.DOTALL)
"""A quantity and a name, which may have commas of its own."""

NO_IDS = (c.PLATFORM_CUSTOMER_ID, c.CUSTOMER_EMAIL)


def column_names(found: Sequence[str]) -> dict[str, str]:
    """Our name → the file's name for it, for the columns of `found` that are used."""
    plain = by_plain_name(found)
    keys = {ours: [name.lower().replace(" ", "_") for name in names] for ours, names in COLUMNS.items()}
    return {ours: next(plain[k] for k in ks if k in plain) for ours, ks in keys.items() if plain.keys() & ks}


def file_name(column: str) -> str:
    """How a file should call a column of ours."""
    return COLUMNS[column][0]


def adapter() -> Callable[[pl.DataFrame], pl.DataFrame]:
    """What makes a file's batches platform lines, one after the other."""
    return adapt


def adapt(rows: pl.DataFrame) -> pl.DataFrame:
    """A row for each product in each row; a row without any stays, to be ignored."""
    status = text_or_null(rows, c.STATUS).str.to_lowercase().str.replace_all(" ", "-")
    status = status.str.replace("-payment$", "")
    cells = [PRODUCT.findall(cell or "") or [(None, None)] for cell in text_or_null(rows, PRODUCTS)]
    lines = rows.with_columns(
        *(pl.lit(None, dtype=pl.String).alias(name) for name in NO_IDS),
        _price_of_one(rows),
        status.replace_strict(STATUSES, default=PENDING).alias(c.STATUS),
        pl.Series(c.QUANTITY, [[quantity for quantity, _ in cell] for cell in cells], pl.List(pl.String)),
        pl.Series(c.SKU, [[name for _, name in cell] for cell in cells], pl.List(pl.String)),
        pl.when(status.is_in(DRAFTS)).then(pl.lit("draft_order")).alias(c.IGNORED),
    ).explode(c.QUANTITY, c.SKU)
    empty = pl.when(pl.col(c.SKU).is_null()).then(pl.lit("empty_order"))
    return lines.with_columns(pl.col(c.SKU).alias(c.TITLE), pl.coalesce(c.IGNORED, empty).alias(c.IGNORED))


def _price_of_one(rows: pl.DataFrame) -> pl.Series:
    """The row's revenue spread over its units: the report tells no price of a product."""
    revenue, units = as_number(rows[REVENUE]), as_number(rows[UNITS])
    return (revenue / units).round(6).cast(pl.String).alias(c.UNIT_PRICE)
