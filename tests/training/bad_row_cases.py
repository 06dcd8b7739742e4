"""Rows as shops' exports hold them and should not: one row of CSV between two good ones.

`KEPT` tells what the row becomes, `QUARANTINED` the reason it is set aside for.
"""

from __future__ import annotations

from tests.training.bad_input import FIRST, LAST, Case, table, whole_file
from training import columns as c


def kept(name: str, row: str, column: str, cell: object) -> Case:
    return whole_file(name, table(FIRST, row, LAST), 3, {column: cell})


def quarantined(name: str, reason: str, row: str) -> Case:
    return whole_file(name, table(FIRST, row, LAST), 2, quarantined=reason)


def product(name: str, written: str, is_read: str) -> Case:
    return kept(name, f"2,bob,{written},1,2.5,2026-01-06", c.PRODUCT_ID, is_read)


def customer(name: str, written: str, is_read: str | None) -> Case:
    return kept(name, f"2,{written},mug,1,2.5,2026-01-06", c.CUSTOMER_ID, is_read)


def quantity(name: str, written: str, is_read: float) -> Case:
    return kept(name, f"2,bob,mug,{written},2.5,2026-01-06", c.QUANTITY, is_read)


def price(name: str, written: str, is_read: float) -> Case:
    return kept(name, f'2,bob,mug,1,"{written}",2026-01-06', c.UNIT_PRICE, is_read)


def time(name: str, written: str, is_read: str) -> Case:
    """`is_read`: ISO 8601 in UTC without its zone."""
    return kept(name, f'2,bob,mug,1,2.5,"{written}"', c.ORDERED_AT, f"{is_read}+00:00")


def bad_quantity(name: str, written: str) -> Case:
    return quarantined(name, "bad_quantity", f"2,bob,mug,{written},2.5,2026-01-06")


def bad_price(name: str, written: str) -> Case:
    return quarantined(name, "bad_unit_price", f'2,bob,mug,1,"{written}",2026-01-06')


def bad_time(name: str, written: str, reason: str = "bad_ordered_at") -> Case:
    return quarantined(name, reason, f'2,bob,mug,1,2.5,"{written}"')


KEPT = [
    product("colon in an id", "tea:green", "tea:green"),
    product("braces in an id", "{tea}", "{tea}"),
    product("star in an id", "te*", "te*"),
    product("spaces in an id", "green tea", "green tea"),
    product("spaces around an id", " mug ", " mug "),
    product("emoji in an id", "🍵👩‍🍳", "🍵👩‍🍳"),
    product("composed letters (NFC)", "caf\u00e9", "caf\u00e9"),
    product("decomposed letters (NFD)", "cafe\u0301", "cafe\u0301"),
    product("leading zeros", "00042", "00042"),
    product("a number with an exponent as an id", "12E5", "12E5"),
    product("256 characters", "x" * 256, "x" * 256),
    product("nan as an id", "nan", "nan"),
    product("a formula as an id", "=HYPERLINK(1)", "=HYPERLINK(1)"),
    product("a command as an id", "@SUM(1+9)*cmd|' /C calc'!A0", "@SUM(1+9)*cmd|' /C calc'!A0"),
    product("delimiter in a quoted id", '"tea, green"', "tea, green"),
    product("quotes in a quoted id", '"7"" plate"', '7" plate'),
    product("a line separator (U+2028) in an id", "mug\u2028big", "mug\u2028big"),
    product("right-to-left text", "شاي", "شاي"),
    product("zero-width space", "mu\u200bg", "mu\u200bg"),
    product("path in an id", "../../etc/passwd", "../../etc/passwd"),
    customer("no customer", "", None),
    customer("a customer of spaces", "   ", None),
    customer("NULL as a customer", "NULL", "NULL"),
    customer("an e-mail as a customer", "bob+shop@example.org", "bob+shop@example.org"),
    quantity("fraction", "0.125", 0.125),
    quantity("exponent", "1e2", 100.0),
    quantity("spaces around a number", " 2 ", 2.0),
    quantity("plus sign", "+2", 2.0),
    quantity("a long fraction", "1.00000000000000000000", 1.0),
    price("decimal comma", "2,50", 2.5),
    price("commas between thousands", "1,234.50", 1234.5),
    price("points between thousands", "1.234.567,89", 1_234_567.89),
    price("price 0", "0", 0.0),
    time("date alone", "2026-01-06", "2026-01-06T00:00:00"),
    time("zone with colon", "2026-01-06T10:00:00+02:00", "2026-01-06T08:00:00"),
    time("zone without colon after a space", "2026-01-06 10:00:00 -0500", "2026-01-06T15:00:00"),
    time("UTC by name", "2026-01-06 10:00:00 UTC", "2026-01-06T10:00:00"),
    time("nanoseconds", "2026-01-06T10:00:00.123456789Z", "2026-01-06T10:00:00.123456"),
    time("slashes, year first", "2026/01/06 10:30", "2026-01-06T10:30:00"),
    time("no zeros", "2026-1-6 9:05", "2026-01-06T09:05:00"),
    time("digits only", "20260106", "2026-01-06T00:00:00"),
    time("dots", "06.01.2026 10:30", "2026-01-06T10:30:00"),
    time("seconds since 1970", "1767693600", "2026-01-06T10:00:00"),
    time("milliseconds since 1970", "1767693600250", "2026-01-06T10:00:00.250000"),
    time("RFC 2822", "Tue, 06 Jan 2026 10:00:00 +0100", "2026-01-06T09:00:00"),
    time("RFC 2822 with an American zone", "Tue, 6 Jan 2026 10:00:00 EST", "2026-01-06T15:00:00"),
    time("month by name, American", "Jan 6, 2026", "2026-01-06T00:00:00"),
    time("month in full, 12-hour clock", "January 6, 2026 3:04 PM", "2026-01-06T15:04:00"),
    time("midnight on a 12-hour clock", "6 Jan 2026 12:00 a.m.", "2026-01-06T00:00:00"),
    time("a browser's", "Tue Jan 06 2026 10:00:00 GMT+0100 (CET)", "2026-01-06T09:00:00"),
    time("day first, as it must be", "13/01/2026", "2026-01-13T00:00:00"),
    time("month first, as it must be", "01/13/2026 10:00", "2026-01-13T10:00:00"),
    time("day and month alike", "01/01/2026", "2026-01-01T00:00:00"),
    time("leap day", "29.02.2024", "2024-02-29T00:00:00"),
]

QUARANTINED = [
    quarantined("10 kB product id", "product_id_too_long", f"2,bob,{'x' * 10_000},1,2.5,2026-01-06"),
    quarantined("257 characters of customer", "customer_id_too_long", f"2,{'é' * 257},mug,1,2.5,2026-01-06"),
    quarantined("10 kB order id", "order_id_too_long", f"{'2' * 10_000},bob,mug,1,2.5,2026-01-06"),
    quarantined("NUL in an id", "product_id_has_control_characters", "2,bob,mu\0g,1,2.5,2026-01-06"),
    quarantined("escape in an id", "order_id_has_control_characters", "2\x1b[31m,bob,mug,1,2.5,2026-01-06"),
    quarantined("tab in an id", "customer_id_has_control_characters", "2,bo\tb,mug,1,2.5,2026-01-06"),
    quarantined("line break in an id", "product_id_has_control_characters", '2,bob,"mu\ng",1,2.5,2026-01-06'),
    quarantined("no order id", "order_id_missing", ",bob,mug,1,2.5,2026-01-06"),
    quarantined("no product id", "product_id_missing", "2,bob, ,1,2.5,2026-01-06"),
    quarantined("nothing but delimiters", "order_id_missing", ",,,,,"),
    bad_quantity("NaN quantity", "NaN"),
    bad_quantity("infinite quantity", "-Infinity"),
    bad_quantity("quantity beyond reason", "1e10"),
    bad_quantity("Arabic digits", "٣"),
    bad_quantity("full-width digits", "３"),  # noqa: RUF001
    bad_quantity("underscores", "1_000"),
    bad_quantity("hexadecimal", "0x10"),
    bad_quantity("a truth", "true"),
    bad_quantity("a unit", "2 pcs"),
    bad_price("NaN price", "NaN"),
    bad_price("infinite price", "inf"),
    bad_price("price of 1e308", "1e308"),
    bad_price("price of 1e400", "1e400"),
    bad_price("negative price", "-2.5"),
    bad_price("a comma of two meanings", "1,234"),
    bad_price("commas that are neither", "1,23,4.5"),
    bad_price("currency sign", "€2.50"),
    bad_price("no price", ""),
    bad_time("no time", ""),
    bad_time("day or month first", "01/02/2026", "ambiguous_ordered_at"),
    bad_time("spaces around day or month", " 01/02/2026 ", "ambiguous_ordered_at"),
    bad_time("day or month first, with dashes", "01-02-2026 10:00", "ambiguous_ordered_at"),
    bad_time("two digits of a year", "06.01.26"),
    bad_time("days since 1900, as spreadsheets count", "46028.4166667"),
    bad_time("30 February", "2026-02-30"),
    bad_time("month 13", "13.13.2026"),
    bad_time("hour 25", "2026-01-06T25:00"),
    bad_time("13 pm", "6 Jan 2026 13:00 PM"),
    bad_time("year 1", "0001-01-01"),
    bad_time("year 9999", "9999-12-31"),
    bad_time("before 1970", "1969-12-31T23:59:59Z"),
    bad_time("a zone of two meanings", "6 Jan 2026 10:00 CST+"),
    bad_time("a zone that RFC 2822 does not know", "6 Jan 2026 10:00 CET"),
    bad_time("99 hours from UTC", "2026-01-06T10:00:00+99:00"),
    bad_time("a word", "yesterday"),
    quarantined("too few fields", "ragged_row", "2,bob,mug,1,2.5"),
    quarantined("too many fields", "ragged_row", "2,bob,mug,1,2.5,2026-01-06,x"),
    quarantined("quote never closed", "unclosed_quote", '2,"bob,mug,1,2.5,2026-01-06'),
    quarantined("text behind a quote", "bad_quotes", '2,"bob"by,mug,1,2.5,2026-01-06'),
]

ROW_CASES = [*KEPT, *QUARANTINED]
