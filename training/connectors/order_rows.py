"""The canonical order columns, typed and checked."""

from __future__ import annotations

import polars as pl

from training import columns as c
from training.connectors.date_styles import is_ambiguous
from training.connectors.fields import (
    EARLIEST,
    LARGEST_PRICE,
    LARGEST_QUANTITY,
    LATEST,
    as_id,
    as_number,
    as_time,
    id_fault,
    text_or_null,
)

COMPLETED, PENDING, CANCELLED, REFUNDED = STATUSES = ("completed", "pending", "cancelled", "refunded")

ORDER_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    c.ORDER_ID: pl.String,
    c.CUSTOMER_ID: pl.String,
    c.PRODUCT_ID: pl.String,
    c.QUANTITY: pl.Float64,
    c.UNIT_PRICE: pl.Float64,
    c.ORDERED_AT: pl.Datetime("us", "UTC"),
    c.STATUS: pl.String,
    c.CURRENCY: pl.String,
    c.TITLE: pl.String,
    c.IGNORED: pl.String,
    c.REVISION: pl.String,
    c.COPY: pl.Int64,
    c.SOURCE: pl.String,
    c.LINE: pl.Int64,
}

TEXTS = (c.STATUS, c.CURRENCY, c.TITLE, c.IGNORED, c.REVISION)


def typed(raw: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """The columns of `ORDER_SCHEMA` and `reason`, from canonical columns of any type.

    Args:
        raw: the required columns, any of the optional ones, `source`, `line`.
        timezone: the zone of times that name none.
    """
    times = as_time(raw[c.ORDERED_AT], timezone)
    is_unread = times.null_count() > 0 and raw[c.ORDERED_AT].dtype == pl.String
    return (
        raw.with_columns(
            *(as_id(raw[name]) for name in (c.ORDER_ID, c.CUSTOMER_ID, c.PRODUCT_ID)),
            *(as_number(raw[name]) for name in (c.QUANTITY, c.UNIT_PRICE)),
            times.alias(c.ORDERED_AT),
            (is_ambiguous(raw[c.ORDERED_AT]) if is_unread else pl.lit(False)).alias("is_ambiguous"),
            *(text_or_null(raw, name).alias(name) for name in TEXTS),
            (raw[c.COPY] if c.COPY in raw.columns else pl.lit(None)).cast(pl.Int64).alias(c.COPY),
        )
        .with_columns(
            pl.col(c.STATUS).str.to_lowercase().fill_null(COMPLETED),
            pl.col(c.CURRENCY).str.to_uppercase(),
        )
        .with_columns(_fault().alias(c.REASON))
    )


def _fault() -> pl.Expr:
    """The first thing that is wrong with a row; a row that a connector ignores need not be right."""
    return pl.when(pl.col(c.IGNORED).is_null()).then(
        pl.coalesce(
            pl.when(pl.col(c.ORDER_ID).is_null()).then(pl.lit("order_id_missing")),
            pl.when(pl.col(c.PRODUCT_ID).is_null()).then(pl.lit("product_id_missing")),
            *(id_fault(name) for name in (c.ORDER_ID, c.PRODUCT_ID, c.CUSTOMER_ID)),
            _unless_within(c.QUANTITY, -LARGEST_QUANTITY, LARGEST_QUANTITY),
            _unless_within(c.UNIT_PRICE, 0, LARGEST_PRICE),
            pl.when("is_ambiguous").then(pl.lit("ambiguous_ordered_at")),
            pl.when(~pl.col(c.ORDERED_AT).is_between(EARLIEST, LATEST).fill_null(False)).then(
                pl.lit("bad_ordered_at")
            ),
            pl.when(~pl.col(c.STATUS).is_in(STATUSES)).then(pl.lit("unknown_status")),
            pl.when(~pl.col(c.CURRENCY).str.contains(r"^[A-Z]{3}$")).then(pl.lit("bad_currency")),
        )
    )


def _unless_within(column: str, low: float, high: float) -> pl.Expr:
    within = pl.col(column).is_between(low, high).fill_null(False)
    return pl.when(~within).then(pl.lit(f"bad_{column}"))
