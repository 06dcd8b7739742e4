"""Times that are not written after ISO 8601, rewritten so that they are: one regular expression a style."""

from __future__ import annotations

import polars as pl

MONTHS = {
    name: f"{number:02}"
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
MONTH = (
    r"(?<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?\.?"
)
WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)(?:day|sday|nesday|rsday|urday)?,? )?"
CLOCK = (
    r"(?:,?[ t]+(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?"
    r"(?: ?(?<half>[ap])\.?m\.?)?"
    r"(?: ?(?:(?:gmt|utc)?(?<offset>[+-]\d{2}(?::?\d{2})?)|(?<zone>[a-z]{1,4}))(?: \([^)]*\))?)?)?"
)

STYLES = tuple(
    rf"(?i)^{date}{CLOCK}$"
    for date in (
        r"(?<year>\d{4})/(?<month>\d{1,2})/(?<day>\d{1,2})",
        r"(?<year>\d{4})-(?<month>\d{1,2})-(?<day>\d{1,2})",
        r"(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})",
        r"(?<day>\d{1,2})\.(?<month>\d{1,2})\.(?<year>\d{4})",
        rf"{WEEKDAY}(?<day>\d{{1,2}})[ -]{MONTH}[ -](?<year>\d{{4}})",
        rf"{WEEKDAY}{MONTH} (?<day>\d{{1,2}}),? (?<year>\d{{4}})",
    )
)
"""`2026/1/5`, `2026-1-5`, `20260105`, `5.1.2026`, `Mon, 5 Jan 2026`, `Jan 5, 2026`; all with or without a
clock of 24 or 12 hours, and a zone (RFC 2822, or as browsers write it)."""

NUMBERS = r"^\s*(?<first>\d{1,2})[/-](?<second>\d{1,2})[/-]\d{4}\b"
DAY_FIRST = rf"(?i)^(?<day>\d{{1,2}})[/-](?<month>\d{{1,2}})[/-](?<year>\d{{4}}){CLOCK}$"
MONTH_FIRST = rf"(?i)^(?<month>\d{{1,2}})[/-](?<day>\d{{1,2}})[/-](?<year>\d{{4}}){CLOCK}$"
"""`05/01/2026` is the fifth of January here and the first of May there."""

EPOCH = r"^(?:(?<seconds>[1-9]\d{9})|(?<milliseconds>[1-9]\d{12}))(?:\.\d+)?$"
"""Since 1970; seconds have ten digits from 2001 to 2286, milliseconds thirteen. Fractions do not matter."""

ZONES = {
    **dict.fromkeys(("z", "ut", "utc", "gmt"), "Z"),
    "est": "-05",
    "edt": "-04",
    "cst": "-06",
    "cdt": "-05",
    "mst": "-07",
    "mdt": "-06",
    "pst": "-08",
    "pdt": "-07",
}
"""The names that RFC 2822 defines; others, such as CET, mean different things to different programs."""


def as_iso(text: pl.Series) -> pl.Series:
    """The same times in ISO 8601; null where the style is unknown or the month may be either number."""
    first, second = _day_and_month(text)
    found = _from_epoch(text)
    for style in STYLES:
        found = _filled(found, _matched(text.set(found.is_not_null(), None), style))
    day_first, month_first = (first > 12) | (first == second), (first <= 12) & (second > 12)
    found = _filled(found, _matched(text.set(~day_first.fill_null(False), None), DAY_FIRST))
    return _filled(found, _matched(text.set(~month_first.fill_null(False), None), MONTH_FIRST))


def _filled(times: pl.Series, others: pl.Series) -> pl.Series:
    return times.zip_with(times.is_not_null(), others)


def is_ambiguous(text: pl.Series) -> pl.Series:
    """Whether a date such as `05/01/2026` may begin with the day or the month; never null."""
    first, second = _day_and_month(text)
    return ((first <= 12) & (second <= 12) & (first != second)).fill_null(False)


def shown_orders(text: pl.Series) -> set[str]:
    """Which of `DAY_FIRST` and `MONTH_FIRST` are shown by dates such as `13/01/2026` and `01/13/2026`."""
    first, second = _day_and_month(text)
    shown = {DAY_FIRST: (first > 12).any(), MONTH_FIRST: (second > 12).any()}
    return {order for order, is_shown in shown.items() if is_shown}


def in_order(text: pl.Series, order: str) -> pl.Series:
    """Dates such as `05/01/2026` in ISO 8601, read in this order; all other texts as they are."""
    iso = _matched(text, order)
    return text.zip_with(~is_ambiguous(text) | iso.is_null(), iso)


def _day_and_month(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The first and the second number of dates such as `05/01/2026`, whichever is which."""
    parts = text.str.extract_groups(NUMBERS).struct.unnest()
    return parts["first"].cast(pl.Int64), parts["second"].cast(pl.Int64)


def _matched(text: pl.Series, pattern: str) -> pl.Series:
    """`2026-01-05T15:04:05.250+01:00` from the parts that a pattern names; null where it does not match."""
    zone = pl.col("zone").str.to_lowercase()
    is_known = zone.is_null() | zone.is_in(list(ZONES))
    iso = pl.format(
        "{}-{}-{}T{}:{}:{}.{}{}",
        "year",
        pl.col("month").str.to_lowercase().replace(MONTHS).str.zfill(2),
        pl.col("day").str.zfill(2),
        _hour().cast(pl.String).str.zfill(2),
        pl.col("minute").fill_null("00"),
        pl.col("second").fill_null("00"),
        pl.col("fraction").fill_null("0"),
        pl.coalesce("offset", zone.replace_strict(ZONES, default=None), pl.lit("")),
    )
    parts = text.str.extract_groups(pattern).struct.unnest()
    return parts.select(pl.when(is_known).then(iso).alias(text.name)).to_series()


def _hour() -> pl.Expr:
    """Hours of a day; `13 pm` becomes 99, which is no time."""
    hour = pl.col("hour").cast(pl.Int64).fill_null(0)
    afternoon = pl.when(pl.col("half").str.to_lowercase() == "p").then(12).otherwise(0)
    of_twelve = pl.when(hour.is_between(1, 12)).then(hour % 12 + afternoon).otherwise(99)
    return pl.when(pl.col("half").is_null()).then(hour).otherwise(of_twelve)


def _from_epoch(text: pl.Series) -> pl.Series:
    parts = text.str.extract_groups(EPOCH).struct.unnest()
    milliseconds = pl.coalesce(
        pl.col("seconds").cast(pl.Int64) * 1_000, pl.col("milliseconds").cast(pl.Int64)
    )
    return parts.select(pl.from_epoch(milliseconds, "ms").dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")).to_series()
