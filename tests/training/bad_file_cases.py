"""Files as exports come: in other encodings, packed, broken off, and rows that only a whole file explains.

`FILES` tells what becomes of their rows, `REFUSED` the cause that is told.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile

import zstandard

from tests.builders import ORDER_HEADER
from tests.training.bad_input import FIRST, LAST, table, whole_file
from training import columns as c

BOB = "2,bob,café,1,2.5,2026-01-06"
CAFE = {c.PRODUCT_ID: "café"}
FRENCH = table(FIRST, BOB, LAST)
GOOD = table(FIRST, LAST)
HALF_A_PAIR = FRENCH.replace("é", "\ud800").encode("utf-16-le", "surrogatepass")
GREEK = "2,bob,κούπα,1,2.5,2026-01-06"
NOTED = f"note,{ORDER_HEADER}"
WITH_STATUS = f"{ORDER_HEADER},status,currency"

ENCODINGS = [
    whole_file("UTF-8 with its mark", FRENCH.encode("utf-8-sig"), 3, CAFE),
    whole_file("UTF-16, little-endian", b"\xff\xfe" + FRENCH.encode("utf-16-le"), 3, CAFE),
    whole_file("UTF-16, big-endian", b"\xfe\xff" + FRENCH.encode("utf-16-be"), 3, CAFE),
    whole_file("UTF-16 without its mark", FRENCH.encode("utf-16-le"), 3, CAFE),
    whole_file("UTF-16 with tabs", FRENCH.replace(",", "\t").encode("utf-16"), 3, CAFE),
    whole_file("UTF-16 cut off", FRENCH.encode("utf-16")[:-3], 2, CAFE, quarantined="invalid_utf8"),
    whole_file("UTF-16 with half a pair", b"\xff\xfe" + HALF_A_PAIR, 2, quarantined="invalid_utf8"),
    whole_file("Windows-1252", FRENCH.encode("cp1252"), 3, CAFE),
    whole_file("Windows-1252 in gzip", gzip.compress(FRENCH.encode("cp1252")), 3, CAFE),
    whole_file(
        "Windows-1252 in one row of UTF-8",
        table("1,zoë,tea,1,2,2026-01-05").encode() + BOB.encode("cp1252"),
        1,
        quarantined="invalid_utf8",
    ),
    whole_file("Greek", table(FIRST, GREEK, LAST).encode("cp1253"), 2, quarantined="invalid_utf8"),
    whole_file("no encoding", FRENCH.encode().replace(b"\xc3", b"\x81"), 2, quarantined="invalid_utf8"),
]

GERMAN = table(
    "1;Jörg;Käse;2;1.234,50;05.01.2026 09:30",
    "2;Zoë;café;1,5;2,99;13.01.2026 18:05",
    header=ORDER_HEADER.replace(",", ";"),
)
LINES = [
    whole_file("a German spreadsheet", GERMAN.replace("\n", "\r\n").encode("cp1252"), 2, CAFE),
    whole_file("carriage returns alone", GOOD.replace("\n", "\r"), 2),
    whole_file("line ends of Windows", GOOD.replace("\n", "\r\n"), 2),
    whole_file("line ends of both kinds", GOOD.replace("\n", "\r\n", 1), 2),
    whole_file("no line end at the end", GOOD.rstrip(), 2),
    whole_file("blank lines", GOOD.replace("\n", "\n\n\r\n"), 2),
    whole_file("delimiters at the end of rows", table(f"{FIRST},", f"{LAST},,"), 2),
    whole_file("delimiters at the end of all", table(f"{FIRST},,", header=f"{ORDER_HEADER},,"), 1),
    whole_file("a needless column twice", table(f"a,b,{FIRST}", header=f"note,{NOTED}"), 1),
    whole_file("a header in capitals", table(FIRST, header=ORDER_HEADER.upper()), 1),
    whole_file("semicolons", GOOD.replace(",", ";"), 2),
    whole_file("tabs", GOOD.replace(",", "\t"), 2),
    whole_file("quoted line breaks", table(f'"a\n\nb",{FIRST}', f"x,{LAST}", header=NOTED), 2),
    whole_file("a quoted text of 200 kB", table(f'"{"x" * 200_000}",{FIRST}', header=NOTED), 1),
    whole_file("NUL in a needless column", table(f"\0,{FIRST}", header=NOTED), 1),
    whole_file("a row of garbage", table(FIRST, "\x00\x01\x7f", LAST), 2, quarantined="ragged_row"),
    whole_file("a line of 20 MB", table(FIRST, "x" * 20_000_000, LAST), 2, quarantined="line_too_long"),
]

TWO_PARTS = (table(FIRST).encode(), LAST.encode())
PACKED = [
    whole_file("gzip", gzip.compress(GOOD.encode()), 2),
    whole_file("gzip in two members", b"".join(map(gzip.compress, TWO_PARTS)), 2),
    whole_file("Zstandard", zstandard.compress(GOOD.encode()), 2),
    whole_file("Zstandard in two frames", b"".join(map(zstandard.compress, TWO_PARTS)), 2),
]

FEBRUARY, ELEVEN_PM = {c.ORDERED_AT: "2026-02-01T00:00:00+00:00"}, {c.ORDERED_AT: "2026-01-05T23:00:00+00:00"}
OPEN_DATE = "2,bob,mug,1,2.5,01/02/2026"
DAY_FIRST, MONTH_FIRST = "1,ann,tea,1,2,13/02/2026", "3,cy,tea,1,2,01/13/2026"
MEANINGS = [
    whole_file("another date has the day first", table(DAY_FIRST, OPEN_DATE), 2, FEBRUARY),
    whole_file(
        "another date has the month first",
        table(OPEN_DATE, MONTH_FIRST),
        2,
        {c.ORDERED_AT: "2026-01-02T00:00:00+00:00"},
    ),
    whole_file(
        "other dates have both first",
        table(DAY_FIRST, OPEN_DATE, MONTH_FIRST),
        2,
        quarantined="ambiguous_ordered_at",
    ),
    whole_file(
        "several zones",
        table(
            "2,b,mug,1,2,2026-01-06T01:00:00+02:00",
            "2,b,cup,1,2,2026-01-05 18:00:00 -0500",
            "2,b,jar,1,2,2026-01-05T23:00",
        ),
        3,
        *[ELEVEN_PM] * 3,
    ),
    whole_file(
        "ids that look alike",
        table("2,bob,caf\u00e9,1,2,2026-01-06", "2,bob,cafe\u0301,1,2,2026-01-06"),
        2,
        {c.PRODUCT_ID: "cafe\u0301"},
        {c.PRODUCT_ID: "caf\u00e9"},
    ),
    whole_file("a return", table(FIRST, "9,ann,tea,-1,3.5,2026-01-06"), 1, merged=1),
    whole_file("a return of a fraction", table(FIRST, "9,ann,tea,-0.5,3.5,2026-01-06"), 1, merged=1),
    whole_file(
        "a return of nothing", table(FIRST, "9,bob,mug,-1,3.5,2026-01-06"), 1, ignored="unmatched_return"
    ),
    whole_file("quantity 0", table(FIRST, "2,bob,mug,0,2.5,2026-01-06"), 1, ignored="zero_quantity"),
    whole_file("a row twice", table(FIRST, FIRST), 1, merged=1),
    whole_file(
        "a status of nobody",
        table(f"{FIRST},shipped,EUR", f"{LAST},,", header=WITH_STATUS),
        1,
        quarantined="unknown_status",
    ),
    whole_file(
        "a currency sign",
        table(f"{FIRST},completed,€", f"{LAST},Completed,eur", header=WITH_STATUS),
        1,
        quarantined="bad_currency",
    ),
]

FILES = [*ENCODINGS, *LINES, *PACKED, *MEANINGS]


def zipped(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, GOOD)
    return file.getvalue()


LONG = (GOOD + f"{LAST}\n" * 10_000).encode()
GZIP, ZSTD = gzip.compress(LONG), zstandard.compress(LONG)
EXCEL, DAMAGED = "is an Excel or zip file", "cut off or damaged"

REFUSED = [
    ("empty", b"", "is empty"),
    ("nothing in gzip", gzip.compress(b""), "is empty"),
    ("blank lines only", b"\n\n\n", "its first line must name the columns"),
    ("header only", table().encode(), "no order lines, only headers"),
    ("a needed column twice", table(header=f"{ORDER_HEADER},quantity").encode(), "'quantity' more than once"),
    ("no header", f"{FIRST}\n{LAST}\n".encode(), "has no column order_id"),
    ("a header without end", b"x" * 2_000_000, "its first line has no end"),
    ("gzip cut off", GZIP[: len(GZIP) // 2], DAMAGED),
    ("gzip cut off at its checksum", GZIP[:-4], DAMAGED),
    ("gzip with a bit turned", GZIP[:-6] + bytes([GZIP[-6] ^ 1]) + GZIP[-5:], DAMAGED),
    ("Zstandard cut off", ZSTD[: len(ZSTD) // 2], DAMAGED),
    ("Zstandard cut off at its end", ZSTD[:-1], DAMAGED),
    ("Zstandard with junk behind", ZSTD + b"junk", DAMAGED),
    ("packed twice", gzip.compress(gzip.compress(GOOD.encode())), "is packed twice"),
    ("zip", zipped("orders.csv"), EXCEL),
    ("Excel", zipped("xl/workbook.xml"), EXCEL),
    ("old Excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old Excel file"),
    ("bzip2", bz2.compress(GOOD.encode()), "is packed with bzip2"),
    ("xz", lzma.compress(GOOD.encode()), "is packed with xz"),
    ("UTF-32", GOOD.encode("utf-32"), "is UTF-32; save it as UTF-8"),
    ("a web page", b"<!doctype html><title>Sign in</title>\n<p>Please", "is a web page"),
    ("XML", b"<?xml version='1.0'?>\n<orders/>", "is XML"),
    ("PDF", b"%PDF-1.7\n%\xe2\xe3", "is a PDF"),
    ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "its first line is not UTF-8"),
]
"""Files that no row can be taken from for certain: name, content, what the message says."""
