"""Bad input in formats whose cells have types: JSON Lines, JSON arrays, Parquet; as in `bad_file_cases`."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import polars as pl

from tests.builders import ORDER_HEADER
from tests.training.bad_input import FIRST, whole_file
from training import columns as c

NAMES = ORDER_HEADER.split(",")
ANN = dict(zip(NAMES, FIRST.split(","), strict=True))
BOB = ANN | {c.ORDER_ID: "2", c.CUSTOMER_ID: "bob", c.PRODUCT_ID: "café"}
CAFE = {c.PRODUCT_ID: "café"}
MANY_DIGITS = 10**30 + 7


def bob(**cells: Any) -> str:
    return json.dumps(BOB | cells)


def lines(*others: str) -> str:
    return "\n".join([json.dumps(ANN), *others, ""])


def array(*rows: str) -> str:
    return f"[{json.dumps(ANN)}, {', '.join(rows)}]"


def parquet(**cells: Any) -> bytes:
    file = io.BytesIO()
    pl.DataFrame([BOB | cells], strict=False).write_parquet(file)
    return file.getvalue()


def as_bytes(row: dict[str, str]) -> dict[str, bytes]:
    return {name: cell.encode() for name, cell in row.items()}


LATIN = json.dumps(BOB, ensure_ascii=False)

FILES = [
    whole_file("JSON Lines", lines(LATIN), 2, CAFE),
    whole_file("JSON Lines in UTF-16", lines(LATIN).encode("utf-16"), 2, CAFE),
    whole_file("JSON Lines in Windows-1252", lines(LATIN).encode("cp1252"), 2, CAFE),
    whole_file(
        "JSON Lines of no encoding",
        lines(LATIN, "{?}").encode().replace(b"?", b"\x81"),
        2,
        CAFE,
        quarantined="invalid_utf8",
    ),
    whole_file("half a pair", lines(bob(product_id="\ud800")), 1, quarantined="bad_json"),
    whole_file("NaN", lines(bob(unit_price=float("nan"))), 1, quarantined="bad_json"),
    whole_file("1e400", lines(bob().replace('"3.50"', "1e400")), 1, quarantined="bad_json"),
    whole_file("1e308", lines(bob(unit_price=1e308)), 1, quarantined="bad_unit_price"),
    whole_file("an array that never closes", lines("[" * 100_000), 1, quarantined="bad_json"),
    whole_file(
        "a cell nested 500 deep",
        lines(bob().replace('"3.50"', "[" * 500 + "]" * 500)),
        1,
        quarantined="bad_json",
    ),
    whole_file("a first line that is none", "{nonsense}\n" + lines(), 1, quarantined="bad_json"),
    whole_file("a line that breaks off", lines(bob()[:-5]), 1, quarantined="bad_json"),
    whole_file("a line of 20 MB", lines("[" * 20_000_000), 1, quarantined="line_too_long"),
    whole_file("a whole float as an id", lines(bob(customer_id=17.0)), 2, {c.CUSTOMER_ID: "17"}),
    whole_file("an id of 31 digits", lines(bob(product_id=MANY_DIGITS)), 2, {c.PRODUCT_ID: str(MANY_DIGITS)}),
    whole_file("null for a customer", lines(bob(customer_id=None)), 2, {c.CUSTOMER_ID: None}),
    whole_file("null for a product", lines(bob(product_id=None)), 1, quarantined="product_id_missing"),
    whole_file(
        "a status in a late row only",
        lines(*[json.dumps(ANN)] * 1_500, bob(status="cancelled")),
        1,
        merged=1_500,
        ignored="cancelled",
    ),
    whole_file("a key twice", lines('{"product_id": 1, ' + bob()[1:]), 2, CAFE),
    whole_file("a JSON array", array(bob()), 2, CAFE),
    whole_file("a JSON array over lines", json.dumps([ANN, BOB], indent=1), 2, CAFE),
    whole_file("a JSON array with a number in it", array("7", bob()), 2, CAFE, quarantined="bad_json"),
    whole_file("half a pair in an array", array(bob(product_id="\ud800")), 1, quarantined="bad_json"),
    whole_file("emoji and 31 digits", array(bob(product_id="🍵", note=MANY_DIGITS)), 2, {c.PRODUCT_ID: "🍵"}),
    whole_file("NaN in an array", array(bob(unit_price=float("nan"))), 1, quarantined="bad_unit_price"),
    whole_file("a truth for an order", lines(bob(order_id=True)), 1, quarantined="order_id_is_no_text"),
    whole_file("a list for a product", lines(bob(product_id=["a"])), 1, quarantined="product_id_is_no_text"),
    whole_file("an object for an id", array(bob(customer_id={})), 1, quarantined="customer_id_is_no_text"),
    whole_file("a list in Parquet", parquet(product_id=["a"]), 0, quarantined="product_id_is_no_text"),
    whole_file("a struct in Parquet", parquet(customer_id={"a": 1}), 0, quarantined="customer_id_is_no_text"),
    whole_file("a truth in Parquet", parquet(order_id=False), 0, quarantined="order_id_is_no_text"),
    whole_file("bytes in Parquet", parquet(**as_bytes(BOB)), 1, CAFE),
    whole_file(
        "bytes in Parquet that are no text",
        parquet(**as_bytes(BOB) | {"product_id": b"caf\xe9"}),
        0,
        quarantined="invalid_utf8",
    ),
    whole_file("NaN for a customer in Parquet", parquet(customer_id=float("nan")), 1, {c.CUSTOMER_ID: None}),
    whole_file("1e308 in Parquet", parquet(unit_price=1e308), 0, quarantined="bad_unit_price"),
    whole_file("seconds since 1970 in Parquet", parquet(ordered_at=1_767_693_600), 1, CAFE),
]

REFUSED = [
    ("Parquet in gzip", gzip.compress(parquet()), "is Parquet packed with gzip"),
    ("Parquet cut off", parquet()[:-20], "is no readable Parquet file"),
    ("a JSON array cut off", array(bob()).encode()[:-10], "is no complete JSON"),
    ("a JSON array that never closes", b"[" * 100_000, "is no complete JSON"),
    ("a JSON array of numbers", b"[1, 2]", "has no JSON object"),
    ("JSON without a column", b'[{"order_id": 1}]', "has no column customer_id"),
]
