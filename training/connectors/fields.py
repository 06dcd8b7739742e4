"""Cells as ids, numbers, times: from text or from typed columns, null where a cell is not one."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl

from training.connectors.date_styles import as_iso
from training.connectors.decimal_styles import with_decimal_point
from training.errors import UsageError

MAX_ID_CHARACTERS = 256
CONTROL_CHARACTER = r"\p{Cc}"

LARGEST_QUANTITY = 1e9
LARGEST_PRICE = 1e12
"""Beyond these a number is a slip, and sums of it would drown everything else."""

EARLIEST, LATEST = pl.datetime(1970, 1, 1, time_zone="UTC"), pl.datetime(2100, 1, 1, time_zone="UTC")
"""Times of orders outside are slips: one order of the year 9999 would make all others ancient."""

LARGEST_OFFSET = 15 * 60
"""Minutes; the zones of the world lie within 14 hours of UTC."""

ISO_8601 = (
    r"^(?<date>\d{4}-\d{2}-\d{2})"
    r"(?:[Tt ](?<hours>\d{2}:\d{2})(?<seconds>:\d{2})?(?:[.,](?<fraction>\d{1,9}))?"
    r" ?(?<zone>[Zz]|[+-]\d{2}(?::?\d{2})?)?)?$"
)


def as_text(column: pl.Series) -> pl.Series:
    """Any column as text; whole floats without `.0`, as libraries without an integer null write integers."""
    if column.dtype == pl.String:
        return column
    if column.dtype.is_float():
        whole = column.cast(pl.Int64, strict=False)
        is_whole = whole.cast(column.dtype) == column
        text = column.fill_nan(None).cast(pl.String)
        return whole.cast(pl.String).zip_with(is_whole.fill_null(False), text)
    if column.dtype == pl.List(pl.String):
        return column.list.join(",")
    if column.dtype.is_nested() or column.dtype in (pl.Duration, pl.Object):
        return pl.Series(column.name, [None if value is None else str(value) for value in column], pl.String)
    return column.cast(pl.String, strict=False)


def text_or_null(raw: pl.DataFrame, name: str) -> pl.Series:
    """A column without its outer spaces, null where it is empty or absent."""
    if name not in raw.columns:
        return pl.Series(name, [None], dtype=pl.String).new_from_index(0, raw.height)
    text = as_text(raw[name]).str.strip_chars()
    return text.set(text == "", None)


def as_id(column: pl.Series) -> pl.Series:
    """An id as text, exactly as given; empty or nothing but spaces is null."""
    text = as_text(column)
    return without_blanks(text, held_by(text))


def held_by(column: pl.Series) -> pl.Series:
    """All values that the column holds, most of them once: a fault is looked for there, not in all rows."""
    # The lines of an order stand together, and mostly those of a customer.
    first_of_run = column.filter(column.ne_missing(column.shift()))
    return first_of_run if 2 * len(first_of_run) < len(column) else first_of_run.unique()


def without_blanks(text: pl.Series, held: pl.Series) -> pl.Series:
    """The column with null for what is empty or nothing but spaces; `held`: what `held_by` says of it."""
    return text.set(_is_blank(text), None) if _is_blank(held).any() else text


def _is_blank(text: pl.Series) -> pl.Series:
    return text.str.strip_chars().str.len_bytes() == 0


def as_number(column: pl.Series) -> pl.Series:
    """Float64, null unless it is a finite number; of text also as `decimal_styles` has it."""
    if column.dtype.is_numeric():
        numbers = column.cast(pl.Float64, strict=False)
    else:
        text = as_text(column).str.strip_chars()
        numbers = text.cast(pl.Float64, strict=False)
        if numbers.null_count() > text.null_count():
            others = with_decimal_point(text).cast(pl.Float64, strict=False)
            numbers = numbers.zip_with(numbers.is_not_null(), others)
    return numbers.set(~numbers.is_finite(), None)


def as_time(column: pl.Series, timezone: str) -> pl.Series:
    """Datetime in UTC from text, dates or datetimes; without a zone the time is in `timezone`.

    Text is ISO 8601 or of a style of `date_styles`.

    Null where it is no such time, which includes the hour that a clock change skips; of an hour that
    a clock change repeats, the first is meant.
    """
    if column.dtype in (pl.Date, pl.Datetime):
        return _in_utc(column.cast(pl.Datetime("us", getattr(column.dtype, "time_zone", None))), timezone)
    text = as_text(column)
    distinct = text.unique().alias("text")
    times = pl.DataFrame({"text": distinct, "time": _parse(distinct.str.strip_chars(), timezone)})
    # The lines of an order share their time: parsing each distinct text once is several times faster.
    return text.alias("text").to_frame().join(times, on="text", how="left", maintain_order="left")["time"]


def check_timezone(name: str, option: str = "--timezone") -> None:
    """Raises `UsageError`, which names the `option`, unless `name` is a zone of the IANA database."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError(f"{option} {name!r} is unknown; use a name such as UTC or Europe/Berlin") from error


def _parse(text: pl.Series, timezone: str) -> pl.Series:
    times = _parse_iso(text, timezone)
    is_other = times.is_null()
    if text.filter(is_other).null_count() < is_other.sum():
        times = times.zip_with(~is_other, _parse_iso(as_iso(text.set(~is_other, None)), timezone))
    return times


def _parse_iso(text: pl.Series, timezone: str) -> pl.Series:
    parts = text.str.extract_groups(ISO_8601).struct.unnest()
    local = parts.select(
        pl.format(
            "{}T{}{}.{}",
            "date",
            pl.col("hours").fill_null("00:00"),
            pl.col("seconds").fill_null(":00"),
            pl.col("fraction").fill_null("0"),
        )
    ).to_series()
    naive = local.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)
    offset = _offset_minutes(parts["zone"])
    offset = offset.set(offset.abs() > LARGEST_OFFSET, None)
    zoned = (naive - pl.Series(offset * 60_000_000).cast(pl.Duration("us"))).dt.replace_time_zone("UTC")
    return _in_utc(naive, timezone).zip_with(parts["zone"].is_null(), zoned)


def _offset_minutes(zone: pl.Series) -> pl.Series:
    digits = zone.str.replace_all(r"[^0-9]", "").str.pad_end(4, "0")
    minutes = digits.str.slice(0, 2).cast(pl.Int64) * 60 + digits.str.slice(2, 2).cast(pl.Int64)
    sign = pl.Series([1], dtype=pl.Int64).new_from_index(0, len(zone)).set(zone.str.starts_with("-"), -1)
    return minutes * sign


def _in_utc(times: pl.Series, timezone: str) -> pl.Series:
    if times.dtype.time_zone is None:  # type: ignore[attr-defined]
        times = times.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    return times.dt.convert_time_zone("UTC")


def id_faults(column: str) -> list[tuple[pl.Expr, str]]:
    """How a non-null id may break the rules (1 to 256 characters, none of control), each with its reason."""
    return [
        (pl.col(column).str.len_chars() > MAX_ID_CHARACTERS, f"{column}_too_long"),
        (pl.col(column).str.contains(CONTROL_CHARACTER), f"{column}_has_control_characters"),
    ]


def id_fault(column: str) -> pl.Expr:
    """The reason where a non-null id breaks the rules, else null."""
    return pl.coalesce(pl.when(fault).then(pl.lit(reason)) for fault, reason in id_faults(column))
