"""Whatever a file holds, each of its rows is read or set aside: no crash, and none lost in silence."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import ORDER_HEADER, order_file, text_file
from training import columns as c
from training.cleaning import clean
from training.errors import InputRefused
from training.reading import read_orders

GOOD = "1,ann,tea,2,3.50,2026-01-05T10:00:00Z"

any_row = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=40
) | st.lists(
    st.sampled_from(["", "1", "ann", '"', '"a', '"a,b"', "-2", "2.5", "2026-01-05", "\x00", "é", ";"]),
    min_size=5,
    max_size=7,
).map(",".join)


@given(st.lists(any_row, max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_rows_are_each_is_kept_or_set_aside(tmp_path: Path, rows: list[str]) -> None:
    staged = read_orders([order_file(tmp_path, GOOD, *rows)])
    told = [*staged.lines[c.LINE], *staged.quarantine.rows[c.LINE]]
    assert len(told) == len(set(told)) == staged.read
    # A quoted field may span rows, which are then one; nothing else may make a row vanish.
    unquoted = [number for number, row in enumerate(rows, start=3) if row and not any('"' in r for r in rows)]
    assert set(unquoted) <= set(told)


@given(st.lists(st.binary(max_size=60), max_size=10))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_never_crash_the_reader(tmp_path: Path, chunks: list[bytes]) -> None:
    content = ORDER_HEADER.encode() + b"\n" + GOOD.encode() + b"\n" + b"\n".join(chunks)
    staged = read_orders([text_file(tmp_path, content, "orders.csv")])
    assert staged.lines[c.LINE].to_list()[:1] == [2]
    assert staged.read == staged.lines.height + len(staged.quarantine)


@given(st.lists(st.binary(max_size=60), max_size=10))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_json_lines_of_any_bytes_are_each_accounted_for(tmp_path: Path, chunks: list[bytes]) -> None:
    good = dict(zip(ORDER_HEADER.split(","), GOOD.split(","), strict=True))
    content = json.dumps(good).encode() + b"\n" + b"\n".join(chunks)
    staged = read_orders([text_file(tmp_path, content, "orders.jsonl")])
    assert staged.read == sum(1 for row in content.split(b"\n") if row.strip())


starts = st.sampled_from(
    [
        b"",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xfe\xff",
        b"PAR1",
        b"[",
        b"{",
        b"<",
        b"\x1f\x8b\x08",
        b"\x28\xb5\x2f\xfd",
    ]
)
packings = st.sampled_from([bytes, gzip.compress, zstandard.compress])


@given(starts, st.binary(max_size=200), packings)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file_is_read_or_refused(tmp_path: Path, start: bytes, rest: bytes, pack) -> None:
    with contextlib.suppress(InputRefused):
        clean(read_orders([text_file(tmp_path, pack(start + rest), "orders")]))


@given(st.lists(any_row, max_size=6), st.sampled_from(["utf-8", "utf-16", "utf-16-be", "cp1252"]), packings)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_of_any_encoding_are_accounted_for(tmp_path: Path, rows: list[str], encoding: str, pack) -> None:
    content = "\n".join([ORDER_HEADER, GOOD, *rows, ""]).encode(encoding, "replace")
    staged = read_orders([text_file(tmp_path, pack(content), "orders")])
    assert clean(staged).accounting.read == staged.read >= 1


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "items"]), inner),
    max_leaves=5,
)


@given(st.lists(any_json | st.dictionaries(st.sampled_from(ORDER_HEADER.split(",")), any_json), max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_json_of_any_values_is_accounted_for(tmp_path: Path, values: list) -> None:
    good = dict(zip(ORDER_HEADER.split(","), GOOD.split(","), strict=True))
    content = json.dumps([good, *values])
    staged = read_orders([text_file(tmp_path, content, "orders.json")])
    assert clean(staged).accounting.read == 1 + len(values)


PARQUET = io.BytesIO()
GOOD_ROW = dict(zip(ORDER_HEADER.split(","), GOOD.split(","), strict=True))
pl.DataFrame([GOOD_ROW | {c.PRODUCT_ID: f"p{n % 7}", c.CUSTOMER_ID: n} for n in range(50)]).write_parquet(
    PARQUET
)


@given(
    st.lists(
        st.tuples(st.integers(4, len(PARQUET.getvalue()) - 5), st.binary(min_size=1, max_size=9)), max_size=4
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400)
def test_damaged_parquet_is_read_or_refused(tmp_path: Path, damages: list[tuple[int, bytes]]) -> None:
    content = bytearray(PARQUET.getvalue())
    for at, damage in damages:
        content[at : at + len(damage)] = damage
    with contextlib.suppress(InputRefused):
        clean(read_orders([text_file(tmp_path, bytes(content), "orders.parquet")]))


WEIRD_COLUMNS = [
    pl.Series([None]),
    pl.Series([True]),
    pl.Series([b"bytes"]),
    pl.Series([{"a": 1}]),
    pl.Series([[1, 2]]),
    pl.Series([timedelta(days=1)]),
    pl.Series([Decimal("1.5")]),
    pl.Series([1e30]),
]


@pytest.mark.parametrize("column", [*c.ORDER_REQUIRED, *c.ORDER_OPTIONAL])
@pytest.mark.parametrize("values", WEIRD_COLUMNS, ids=lambda values: str(values.dtype))
def test_parquet_columns_of_any_type_are_read_or_set_aside(
    tmp_path: Path, column: str, values: pl.Series
) -> None:
    good = dict(zip(ORDER_HEADER.split(","), GOOD.split(","), strict=True))
    pl.DataFrame({**{name: [cell] for name, cell in good.items()}, column: values}).write_parquet(
        tmp_path / "orders.parquet"
    )
    staged = read_orders([str(tmp_path / "orders.parquet")])
    assert staged.read == 1
    if column == c.CUSTOMER_ID and values[0] is not None:
        assert staged.lines[c.CUSTOMER_ID].null_count() == 0, "a customer silently became a guest"
