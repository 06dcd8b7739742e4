"""The UCI data set Online Retail, as the shop's system wrote it (Chen et al. 2012, doi:10.1057/dbm.2012.17).

An invoice number with a leading `C` is a cancellation; its quantities are negative, so its lines are
returns like any other. What else is no sale of a product is told by the stock code, the title or the price.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from training import columns as c
from training.connectors.fields import as_id, as_number, as_text

NAME = "online-retail"

COLUMNS = {
    c.ORDER_ID: "InvoiceNo",
    c.CUSTOMER_ID: "CustomerID",
    c.PRODUCT_ID: "StockCode",
    c.QUANTITY: "Quantity",
    c.UNIT_PRICE: "UnitPrice",
    c.ORDERED_AT: "InvoiceDate",
    c.TITLE: "Description",
}

PRODUCT_CODE = r"^[0-9]{5}[A-Za-z]{0,2}$"
"""All else is POST, DOT, C2 (postage), M, D, S, B, BANK CHARGES, AMAZONFEE, CRUK (bookkeeping), gift_…
(vouchers), PADS, and DCGS…, the house's own lines, which no known customer ever bought."""

SERVICE_TITLE = r"(?i)^\s*(next day carriage|packing charge|postage|dotcom postage|manual)\s*$|gift voucher"
"""Services that have a product's code (23444, 23574, 22016)."""

US_DATE_TIME = r"^(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d{2})$"
"""`12/1/2010 8:26`, as the CSV copies of the data set have it."""

SHOUTED_TITLE = r"[A-Z]{3}"
"""The shop writes titles in capitals; `damaged`, `check` and `?` are notes of its warehouse."""

REQUIRED = c.ORDER_REQUIRED


def column_names(found: Sequence[str]) -> dict[str, str]:
    """Canonical name → the file's name for it, for the columns of `found` that are used."""
    return {name: theirs for name, theirs in COLUMNS.items() if theirs in found}


def file_name(column: str) -> str:
    """How a file should call a canonical column."""
    return COLUMNS[column]


def adapter() -> Callable[[pl.DataFrame], pl.DataFrame]:
    """What makes a file's batches canonical, one after the other."""
    return adapt


def adapt(rows: pl.DataFrame) -> pl.DataFrame:
    """Canonical columns, plus `ignored`: why a line is no sale. Rows and their order stay."""
    title, is_service = _told_by_titles(rows)
    codes = as_text(rows[c.PRODUCT_ID])
    distinct = codes.unique()
    is_no_product = _is_any(codes, distinct.filter(~distinct.str.contains(PRODUCT_CODE)))
    is_booking = as_id(rows[c.CUSTOMER_ID]).is_null() & (as_number(rows[c.UNIT_PRICE]) == 0)
    return rows.with_columns(
        title,
        pl.lit("GBP").alias(c.CURRENCY),
        _iso_times(rows[c.ORDERED_AT]),
        pl.when(is_no_product | is_service)
        .then(pl.lit("not_a_product"))
        .when(is_booking)
        .then(pl.lit("stock_adjustment"))
        .alias(c.IGNORED),
    )


def _told_by_titles(rows: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """(rows,) each: the title, null where it is none, and whether it names a service."""
    if c.TITLE not in rows.columns:
        return _nothing(rows.height), pl.Series([False]).new_from_index(0, rows.height)
    title = as_text(rows[c.TITLE])
    distinct = title.unique()
    is_note = _is_any(title, distinct.filter(~distinct.str.contains(SHOUTED_TITLE)))
    return title.set(is_note, None), _is_any(title, distinct.filter(distinct.str.contains(SERVICE_TITLE)))


def _is_any(texts: pl.Series, some: pl.Series) -> pl.Series:
    """(rows,) bool: which texts are among some, as patterns found them: once a text, not once a row."""
    return texts.is_in(some.implode()).fill_null(False)


def _nothing(height: int) -> pl.Series:
    return pl.Series(c.TITLE, [None], dtype=pl.String).new_from_index(0, height)


def _iso_times(times: pl.Series) -> pl.Series:
    if times.dtype != pl.String:
        return times
    parts = times.str.strip_chars().str.extract_groups(US_DATE_TIME).struct.unnest()
    month, day, year, hour, minute = (parts[name].str.pad_start(2, "0") for name in parts.columns)
    iso = pl.select(pl.format("{}-{}-{}T{}:{}", year, month, day, hour, minute)).to_series()
    return iso.zip_with(iso.is_not_null(), times).alias(times.name)
