"""What shops' exports hold that they should not, and what becomes of it: one table.

Most cases are one row of CSV between two good ones. `KEPT` tells what the row becomes, `QUARANTINED` the
reason it is set aside for, `FILES` what becomes of whole files, `REFUSED` the cause that is told.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import zstandard

from tests.builders import ORDER_HEADER
from training import columns as c

FIRST = "1,ann,tea,2,3.50,2026-01-05T10:00:00Z"
LAST = "3,cy,jam,1,4.00,2026-01-07T10:00:00Z"
HEADER = f"{ORDER_HEADER}\n"
GOOD_FILE = f"{HEADER}{FIRST}\n{LAST}\n"


@dataclass(frozen=True)
class Case:
    """One file and what becomes of its rows.

    Attributes:
        content: the file.
        kept: number of rows that are kept.
        cells: what the kept rows of order 2 hold, row by row, in some columns.
        merged, ignored, quarantined: the other rows, by reason.
    """

    name: str
    content: bytes
    kept: int
    cells: tuple[dict[str, Any], ...] = ()
    merged: int = 0
    ignored: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)


def text_of(*rows: str, header: str = ORDER_HEADER) -> str:
    return "\n".join([header, *rows, ""])


def between_good_rows(row: str) -> bytes:
    return text_of(FIRST, row, LAST).encode()


def product(name: str, written: str, kept: str) -> Case:
    """A row whose product's id is written so."""
    row = f"2,bob,{written},1,2.5,2026-01-06"
    return Case(name, between_good_rows(row), 3, ({c.PRODUCT_ID: kept},))


def customer(name: str, written: str, kept: str | None) -> Case:
    return Case(name, between_good_rows(f"2,{written},mug,1,2.5,2026-01-06"), 3, ({c.CUSTOMER_ID: kept},))


def quantity(name: str, written: str, kept: float) -> Case:
    return Case(name, between_good_rows(f"2,bob,mug,{written},2.5,2026-01-06"), 3, ({c.QUANTITY: kept},))


def time(name: str, written: str, kept: str) -> Case:
    """A row whose time is written so; `kept` is ISO 8601 in UTC without its zone."""
    row = f'2,bob,mug,1,2.5,"{written}"'
    return Case(name, between_good_rows(row), 3, ({c.ORDERED_AT: f"{kept}+00:00"},))


def quarantined(name: str, reason: str, row: str) -> Case:
    return Case(name, between_good_rows(row), 2, quarantined={reason: 1})


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
    bad_price("decimal comma", "2,50"),
    bad_price("commas between thousands", "1,234.50"),
    bad_price("points between thousands", "1.234,50"),
    bad_price("currency sign", "€2.50"),
    bad_price("no price", ""),
    bad_time("no time", ""),
    bad_time("day or month first", "01/02/2026", "ambiguous_ordered_at"),
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

BOB = "2,bob,caf\u00e9,1,2.5,2026-01-06"
CAFE = ({c.PRODUCT_ID: "café"},)
IN_FRENCH = text_of(FIRST, BOB, LAST)
FLAT = dict(zip(ORDER_HEADER.split(","), BOB.split(","), strict=True))
GOOD_JSON = dict(zip(ORDER_HEADER.split(","), FIRST.split(","), strict=True))
STATUS_HEADER = f"{ORDER_HEADER},status,currency"


def json_lines(*lines: str) -> bytes:
    return "\n".join([json.dumps(GOOD_JSON), *lines, ""]).encode()


def in_json(**cells: Any) -> str:
    return json.dumps(FLAT | cells)


def parquet(**columns: list[Any]) -> bytes:
    file = io.BytesIO()
    pl.DataFrame({**{name: [cell] for name, cell in FLAT.items()}, **columns}).write_parquet(file)
    return file.getvalue()


FILES = [
    Case("UTF-8 with a byte order mark", IN_FRENCH.encode("utf-8-sig"), 3, CAFE),
    Case("UTF-16, little-endian", b"\xff\xfe" + IN_FRENCH.encode("utf-16-le"), 3, CAFE),
    Case("UTF-16, big-endian", b"\xfe\xff" + IN_FRENCH.encode("utf-16-be"), 3, CAFE),
    Case("UTF-16 without its mark", IN_FRENCH.encode("utf-16-le"), 3, CAFE),
    Case("UTF-16 separated by tabs, as spreadsheets save it", IN_FRENCH.replace(",", "\t").encode("utf-16"), 3, CAFE),
    Case("UTF-16 that ends within a character", IN_FRENCH.encode("utf-16")[:-3], 2, CAFE, quarantined={"invalid_utf8": 1}),
    Case("UTF-16 with half a pair", b"\xff\xfe" + IN_FRENCH.replace("é", "\ud800").encode("utf-16-le", "surrogatepass"), 2, quarantined={"invalid_utf8": 1}),
    Case("JSON Lines in UTF-16", json_lines(in_json()).decode().encode("utf-16"), 2, CAFE),
    Case("Windows-1252", IN_FRENCH.encode("cp1252"), 3, CAFE),
    Case("Windows-1252 in gzip", gzip.compress(IN_FRENCH.encode("cp1252")), 3, CAFE),
    Case("Windows-1252 among UTF-8", text_of(FIRST, "2,zoë,mug,1,2.5,2026-01-06").encode() + BOB.encode("cp1252"), 2, ({c.PRODUCT_ID: "mug"},), quarantined={"invalid_utf8": 1}),
    Case("Windows-1251", between_good_rows("2,боб,чашка,1,2.5,2026-01-06").decode().encode("cp1251"), 2, quarantined={"invalid_utf8": 1}),
    Case("bytes of no encoding", between_good_rows("2,bob,m?g,1,2.5,2026-01-06").replace(b"?", b"\x81"), 2, quarantined={"invalid_utf8": 1}),
    Case("lines that end in a carriage return", text_of(FIRST, LAST).replace("\n", "\r").encode(), 2),
    Case("line ends of Windows", text_of(FIRST, LAST).replace("\n", "\r\n").encode(), 2),
    Case("line ends of both kinds", f"{HEADER}{FIRST}\r\n{LAST}\n".encode(), 2),
    Case("no line end at the end", f"{HEADER}{FIRST}\n{LAST}".encode(), 2),
    Case("blank lines", f"{HEADER}\n{FIRST}\n\r\n\n{LAST}\n\n".encode(), 2),
    Case("delimiters at the end of each row", text_of(f"{FIRST},", f"{LAST},,").encode(), 2),
    Case("delimiters at the end of each row and the header", f"{ORDER_HEADER},,\n{FIRST},,\n{LAST},,\n".encode(), 2),
    Case("a column twice that nobody needs", text_of(f"{FIRST},a,b", header=f"{ORDER_HEADER},note,note").encode(), 1),
    Case("a header in capitals", text_of(FIRST, header=ORDER_HEADER.upper()).encode(), 1),
    Case("semicolons", GOOD_FILE.replace(",", ";").encode(), 2),
    Case("tabs", GOOD_FILE.replace(",", "\t").encode(), 2),
    Case("a quoted line break", text_of(f'"a\n\nb",{FIRST}', f'x,{LAST}', header=f"note,{ORDER_HEADER}").encode(), 2),
    Case("a quoted text of 200 kB", text_of(f'"{"x" * 200_000}",{FIRST}', header=f"note,{ORDER_HEADER}").encode(), 1),
    Case("a NUL byte in a column that nobody needs", text_of(f"\0,{FIRST}", header=f"note,{ORDER_HEADER}").encode(), 1),
    Case("a row of garbage", text_of(FIRST, "\x00\x01\x7f", LAST).encode(), 2, quarantined={"ragged_row": 1}),
    Case("a line of 20 MB", text_of(FIRST, "x" * 20_000_000, LAST).encode(), 2, quarantined={"line_too_long": 1}),
    Case("gzip", gzip.compress(GOOD_FILE.encode()), 2),
    Case("gzip in two members", gzip.compress(f"{HEADER}{FIRST}\n".encode()) + gzip.compress(LAST.encode()), 2),
    Case("Zstandard", zstandard.compress(GOOD_FILE.encode()), 2),
    Case("Zstandard in two frames", zstandard.compress(f"{HEADER}{FIRST}\n".encode()) + zstandard.compress(LAST.encode()), 2),
    Case("days above 12 show that the day comes first", text_of("1,ann,tea,1,2,13/01/2026", "2,bob,mug,1,2,01/02/2026").encode(), 2, ({c.ORDERED_AT: "2026-02-01T00:00:00+00:00"},)),
    Case("days above 12 show that the month comes first", text_of("2,bob,mug,1,2,01/02/2026", "1,ann,tea,1,2,01/13/2026").encode(), 2, ({c.ORDERED_AT: "2026-01-02T00:00:00+00:00"},)),
    Case("days that show both", text_of("2,bob,mug,1,2,01/02/2026", "1,ann,tea,1,2,01/13/2026", "3,cy,tea,1,2,13/01/2026").encode(), 2, quarantined={"ambiguous_ordered_at": 1}),
    Case("zones of all kinds in one file", text_of(FIRST, "2,b,mug,1,2,2026-01-06T01:00:00+02:00", "2,b,cup,1,2,2026-01-05 18:00:00 -0500", "2,b,jar,1,2,2026-01-05T23:00").encode(), 4, tuple({c.ORDERED_AT: "2026-01-05T23:00:00+00:00"} for _ in range(3))),
    Case("two ids that look alike", text_of("2,bob,caf\u00e9,1,2,2026-01-06", "2,bob,cafe\u0301,1,2,2026-01-06").encode(), 2, ({c.PRODUCT_ID: "cafe\u0301"}, {c.PRODUCT_ID: "caf\u00e9"})),
    Case("a return", text_of(FIRST, "9,ann,tea,-1,3.50,2026-01-06").encode(), 1, merged=1),
    Case("a return of a fraction", text_of(FIRST, "9,ann,tea,-0.5,3.50,2026-01-06").encode(), 1, merged=1),
    Case("a return of what was never sold", text_of(FIRST, "9,bob,mug,-1,3.50,2026-01-06").encode(), 1, ignored={"unmatched_return": 1}),
    Case("quantity 0", text_of(FIRST, "2,bob,mug,0,2.5,2026-01-06").encode(), 1, ignored={"zero_quantity": 1}),
    Case("one row twice", text_of(FIRST, FIRST).encode(), 1, merged=1),
    Case("an unknown status", text_of(f"{FIRST},shipped,EUR", f"{LAST},,", header=STATUS_HEADER).encode(), 1, quarantined={"unknown_status": 1}),
    Case("a currency sign", text_of(f"{FIRST},completed,€", f"{LAST},Completed,eur", header=STATUS_HEADER).encode(), 1, quarantined={"bad_currency": 1}),
    Case("a JSON array", f"[{in_json()}, {json.dumps(GOOD_JSON)}]".encode(), 2, CAFE),
    Case("a JSON array over lines", json.dumps([FLAT, GOOD_JSON], indent=1).encode(), 2, CAFE),
    Case("an array with something else in it", f"[{in_json()}, 7, {json.dumps(GOOD_JSON)}]".encode(), 2, CAFE, quarantined={"bad_json": 1}),
    Case("half a pair in a JSON array", f"[{json.dumps(GOOD_JSON)}, {in_json(product_id=chr(0xD800))}]".encode(), 1, quarantined={"bad_json": 1}),
    Case("half a pair in JSON Lines", json_lines(in_json(product_id="\ud800")), 1, quarantined={"bad_json": 1}),
    Case("NaN in JSON Lines", json_lines(in_json(unit_price=float("nan"))), 1, quarantined={"bad_json": 1}),
    Case("1e400 in JSON Lines", json_lines(in_json().replace('"2.5"', "1e400")), 1, quarantined={"bad_json": 1}),
    Case("brackets without end in JSON Lines", json_lines("[" * 100_000), 1, quarantined={"bad_json": 1}),
    Case("a cell nested 500 deep", json_lines(in_json().replace('"bob"', "[" * 500 + "]" * 500)), 1, quarantined={"bad_json": 1}),
    Case("a line that breaks off", json_lines(in_json()[:-5]), 1, quarantined={"bad_json": 1}),
    Case("no UTF-8 in JSON Lines", json_lines(json.dumps(FLAT, ensure_ascii=False), "?").replace(b"?", b'{"order_id": "\x81"}'), 2, CAFE, quarantined={"invalid_utf8": 1}),
    Case("a line of JSON of 20 MB", json_lines("[" * 20_000_000), 1, quarantined={"line_too_long": 1}),
    Case("ids as numbers", json_lines(in_json(customer_id=17.0, product_id=18446744073709551615)), 2, ({c.CUSTOMER_ID: "17", c.PRODUCT_ID: "18446744073709551615"},)),
    Case("an id as a number with more digits than computers keep", json_lines(in_json(product_id=10**30 + 7)), 2, ({c.PRODUCT_ID: f"{10**30 + 7}"},)),
    Case("a key twice", json_lines(in_json().replace('"bob"', '"al", "customer_id": "bob"')), 2, ({c.CUSTOMER_ID: "bob"},)),
    Case("NaN and null in Parquet", parquet(customer_id=[float("nan")]), 1, ({c.CUSTOMER_ID: None},)),
    Case("1e308 in Parquet", parquet(unit_price=[1e308]), 0, quarantined={"bad_unit_price": 1}),
]  # fmt: skip


def zipped(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, GOOD_FILE)
    return file.getvalue()


LONG_FILE = (GOOD_FILE + f"{LAST}\n" * 10_000).encode()
GZIP, ZSTD = gzip.compress(LONG_FILE), zstandard.compress(LONG_FILE)

REFUSED = [
    ("empty", b"", "is empty"),
    ("nothing in gzip", gzip.compress(b""), "is empty"),
    ("blank lines only", b"\n\n\n", "its first line must name the columns"),
    ("header only", HEADER.encode(), "no order lines, only headers"),
    ("a needed column twice", text_of(header=f"{ORDER_HEADER},quantity").encode(), "'quantity' more than once"),
    ("no header", GOOD_FILE.removeprefix(HEADER).encode(), "has no column order_id"),
    ("a header without end", b"x" * 2_000_000, "its first line has no end"),
    ("gzip cut off", GZIP[: len(GZIP) // 2], "cut off or damaged"),
    ("gzip cut off at its checksum", GZIP[:-4], "cut off or damaged"),
    ("gzip with a bit turned", GZIP[:-6] + bytes([GZIP[-6] ^ 1]) + GZIP[-5:], "cut off or damaged"),
    ("Zstandard cut off", ZSTD[: len(ZSTD) // 2], "cut off or damaged"),
    ("Zstandard cut off at its end", ZSTD[:-1], "cut off or damaged"),
    ("Zstandard with junk behind", ZSTD + b"junk", "cut off or damaged"),
    ("packed twice", gzip.compress(gzip.compress(GOOD_FILE.encode())), "is packed twice"),
    ("zip", zipped("orders.csv"), "is an Excel or zip file"),
    ("Excel", zipped("xl/workbook.xml"), "is an Excel or zip file"),
    ("old Excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old Excel file"),
    ("bzip2", bz2.compress(GOOD_FILE.encode()), "is packed with bzip2"),
    ("xz", lzma.compress(GOOD_FILE.encode()), "is packed with xz"),
    ("Parquet in gzip", gzip.compress(parquet()), "is Parquet packed with gzip"),
    ("Parquet cut off", parquet()[:-20], "is no readable Parquet file"),
    ("a JSON array cut off", json.dumps([FLAT, GOOD_JSON])[:-10].encode(), "is no complete JSON"),
    ("a JSON array of numbers", b"[1, 2]", "has no JSON object"),
    ("UTF-32", GOOD_FILE.encode("utf-32"), "is UTF-32; save it as UTF-8"),
    ("a web page", b"<!doctype html><title>Sign in</title>\n<p>Please sign in", "has no column order_id"),
    ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "its first line is not UTF-8"),
]  # fmt: skip
"""Whole files that no row can be taken from for certain: name, content, what the message says."""

CASES = [*KEPT, *QUARANTINED, *FILES]
