"""The canonical order columns, typed and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from training import columns as c
from training.connectors.date_styles import is_ambiguous
from training.connectors.fields import (
    EARLIEST,
    LARGEST_PRICE,
    LARGEST_QUANTITY,
    LATEST,
    as_number,
    as_text,
    as_time,
    held_by,
    id_faults,
    text_or_null,
    without_blanks,
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

IDS = (c.ORDER_ID, c.PRODUCT_ID, c.CUSTOMER_ID)

TEXTS = (c.STATUS, c.CURRENCY, c.TITLE, c.IGNORED, c.REVISION)


def typed(raw: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """The columns of `ORDER_SCHEMA` and `reason`, from canonical columns of any type.

    Args:
        raw: the required columns, any of the optional ones, `source`, `line`.
        timezone: the zone of times that name none.
    """
    texts = {name: as_text(raw[name]) for name in IDS}
    held = {name: held_by(text) for name, text in texts.items()}
    times = as_time(raw[c.ORDERED_AT], timezone)
    is_unread = times.null_count() > 0 and raw[c.ORDERED_AT].dtype == pl.String
    rows = raw.with_columns(
        *(without_blanks(text, held[name]) for name, text in texts.items()),
        *(as_number(raw[name]) for name in (c.QUANTITY, c.UNIT_PRICE)),
        times.alias(c.ORDERED_AT),
        (is_ambiguous(raw[c.ORDERED_AT]) if is_unread else pl.lit(False)).alias("is_ambiguous"),
        *(_text(raw, name) for name in TEXTS),
        (pl.col(c.COPY) if c.COPY in raw.columns else pl.lit(None)).cast(pl.Int64).alias(c.COPY),
    ).with_columns(
        pl.col(c.STATUS).str.to_lowercase().fill_null(COMPLETED),
        pl.col(c.CURRENCY).str.to_uppercase(),
    )
    return rows.with_columns(_reasons(rows, held).alias(c.REASON))


def _text(raw: pl.DataFrame, name: str) -> pl.Expr | pl.Series:
    """A column of text; one that says the same in all rows as a single value, which polars keeps as one.

    Most histories have one status and one currency: written out, each costs 16 bytes a row.
    """
    if name not in raw.columns:
        return pl.lit(None, dtype=pl.String).alias(name)
    column = raw[name]
    if column.is_empty() or column.dtype.is_nested() or not column.eq_missing(column[0]).all():
        return text_or_null(raw, name).alias(name)
    return pl.lit(text_or_null(raw.head(1), name)[0], dtype=pl.String).alias(name)


def _reasons(rows: pl.DataFrame, held: Mapping[str, pl.Series]) -> pl.Expr | pl.Series:
    """The first thing that is wrong with each row, null where nothing is.

    A row that a connector ignores need not be right.
    """
    faults = _faults(held)
    # What is wrong is looked for where anything is: text for 30 million good rows takes its time.
    is_bad = rows.select(
        pl.col(c.IGNORED).is_null() & pl.any_horizontal(fault.fill_null(False) for fault, _ in faults)
    ).to_series()
    if not is_bad.any():
        return pl.lit(None, dtype=pl.String)
    named = pl.coalesce(pl.when(fault).then(pl.lit(reason)) for fault, reason in faults)
    reasons = pl.Series([None], dtype=pl.String).new_from_index(0, rows.height)
    return reasons.scatter(is_bad.arg_true(), rows.filter(is_bad).select(named).to_series())


def _faults(held: Mapping[str, pl.Series]) -> list[tuple[pl.Expr, str]]:
    """What may be wrong with a row, and how it is called; what is null counts as right."""
    return [
        (pl.col(c.ORDER_ID).is_null(), "order_id_missing"),
        (pl.col(c.PRODUCT_ID).is_null(), "product_id_missing"),
        *_faults_of_ids(held),
        (~_is_within(c.QUANTITY, -LARGEST_QUANTITY, LARGEST_QUANTITY), f"bad_{c.QUANTITY}"),
        (~_is_within(c.UNIT_PRICE, 0, LARGEST_PRICE), f"bad_{c.UNIT_PRICE}"),
        (pl.col("is_ambiguous"), "ambiguous_ordered_at"),
        (~pl.col(c.ORDERED_AT).is_between(EARLIEST, LATEST).fill_null(False), f"bad_{c.ORDERED_AT}"),
        (~pl.col(c.STATUS).is_in(STATUSES), "unknown_status"),
        (~pl.col(c.CURRENCY).str.contains(r"^[A-Z]{3}$"), "bad_currency"),
    ]


def _faults_of_ids(held: Mapping[str, pl.Series]) -> Iterator[tuple[pl.Expr, str]]:
    """Those that an id has, of all that rows hold."""
    for name, ids in held.items():
        yield from (fault for fault in id_faults(name) if ids.to_frame().select(fault[0].any()).item())


def _is_within(column: str, low: float, high: float) -> pl.Expr:
    return pl.col(column).is_between(low, high).fill_null(False)
