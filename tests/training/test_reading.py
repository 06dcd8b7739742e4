"""Reading orders: each format, each way a row can be bad, each way a file can."""

from __future__ import annotations

import gzip
import io
import os
import sys
import threading
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from tests.builders import ORDER_HEADER, order_file, text_file
from tests.needs import REPOSITORY
from training import columns as c
from training.connectors import parquet_file
from training.errors import InputRefused, UsageError
from training.reading import ReadingOptions, read_orders

GOOD = "1,ann,tea,2,3.50,2026-01-05T10:00:00Z"
LONG_ID = "x" * 257


def test_a_csv_line_becomes_one_typed_row(tmp_path: Path) -> None:
    file = order_file(
        tmp_path,
        "0017,,00042,2,3.50,2026-01-05T10:00:00+02:00,Pending,gbp,Green tea",
        header=f"{ORDER_HEADER},status,currency,title",
    )
    staged = read_orders([file])
    assert staged.lines.to_dicts() == [
        {
            "order_id": "0017",
            "customer_id": None,
            "product_id": "00042",
            "quantity": 2.0,
            "unit_price": 3.5,
            "ordered_at": datetime(2026, 1, 5, 8, tzinfo=UTC),
            "status": "pending",
            "currency": "GBP",
            "title": "Green tea",
            "ignored": None,
            "revision": None,
            "copy": None,
            "source": file,
            "line": 2,
        }
    ]


BAD_ROWS = [
    ("too few fields", "2,bob,tea,1,2.5", "ragged_row"),
    ("too many fields", GOOD + ",more", "ragged_row"),
    ("quote never closed", '2,"bob,tea,1,2.5,2026-01-05', "unclosed_quote"),
    ("text after a quote", '2,"bob"by,tea,1,2.5,2026-01-05', "bad_quotes"),
    ("no order id", ",bob,tea,1,2.5,2026-01-05", "order_id_missing"),
    ("order id of spaces", "  ,bob,tea,1,2.5,2026-01-05", "order_id_missing"),
    ("no product id", "2,bob,,1,2.5,2026-01-05", "product_id_missing"),
    ("endless order id", f"{LONG_ID},bob,tea,1,2.5,2026-01-05", "order_id_too_long"),
    ("endless product id", f"2,bob,{LONG_ID},1,2.5,2026-01-05", "product_id_too_long"),
    ("endless customer id", f"2,{LONG_ID},tea,1,2.5,2026-01-05", "customer_id_too_long"),
    ("NUL in an id", "2,bob,te\0a,1,2.5,2026-01-05", "product_id_has_control_characters"),
    ("bell in an id", "2,bo\ab,tea,1,2.5,2026-01-05", "customer_id_has_control_characters"),
    ("no quantity", "2,bob,tea,,2.5,2026-01-05", "bad_quantity"),
    ("a word for a quantity", "2,bob,tea,two,2.5,2026-01-05", "bad_quantity"),
    ("Arabic digits", "2,bob,tea,٣,2.5,2026-01-05", "bad_quantity"),
    ("NaN quantity", "2,bob,tea,nan,2.5,2026-01-05", "bad_quantity"),
    ("quantity beyond reason", "2,bob,tea,1e10,2.5,2026-01-05", "bad_quantity"),
    ("a comma of two meanings", '2,bob,tea,1,"2,500",2026-01-05', "bad_unit_price"),
    ("NaN price", "2,bob,tea,1,NaN,2026-01-05", "bad_unit_price"),
    ("infinite price", "2,bob,tea,1,inf,2026-01-05", "bad_unit_price"),
    ("price of 1e308", "2,bob,tea,1,1e308,2026-01-05", "bad_unit_price"),
    ("negative price", "2,bob,tea,1,-2.5,2026-01-05", "bad_unit_price"),
    ("no time", "2,bob,tea,1,2.5,", "bad_ordered_at"),
    ("day or month first", "2,bob,tea,1,2.5,01/05/2026", "ambiguous_ordered_at"),
    ("30 February", "2,bob,tea,1,2.5,2026-02-30", "bad_ordered_at"),
    ("hour 25", "2,bob,tea,1,2.5,2026-01-05T25:00", "bad_ordered_at"),
    ("the year 9999", "2,bob,tea,1,2.5,9999-12-31", "bad_ordered_at"),
    ("days since 1900", "2,bob,tea,1,2.5,46027", "bad_ordered_at"),
]


@pytest.mark.parametrize("row, reason", [case[1:] for case in BAD_ROWS], ids=[case[0] for case in BAD_ROWS])
def test_a_bad_row_is_set_aside_and_its_neighbours_stay(tmp_path: Path, row: str, reason: str) -> None:
    file = order_file(tmp_path, GOOD, row, GOOD)
    staged = read_orders([file])
    assert staged.quarantine.rows.rows() == [(file, 3, reason, row)]
    assert staged.lines[c.LINE].to_list() == [2, 4]
    assert staged.read == 3


@pytest.mark.parametrize("reason", sorted({reason for _, _, reason in BAD_ROWS}))
def test_each_reason_is_documented(reason: str) -> None:
    assert f"`{reason}`" in (REPOSITORY / "docs" / "orders.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "status, currency, reason",
    [("shipped", "EUR", "unknown_status"), ("completed", "€", "bad_currency")],
    ids=["unknown status", "currency sign"],
)
def test_bad_optional_cells(tmp_path: Path, status: str, currency: str, reason: str) -> None:
    file = order_file(tmp_path, f"{GOOD},{status},{currency}", header=f"{ORDER_HEADER},status,currency")
    assert read_orders([file]).quarantine.counts() == {reason: 1}


def test_bytes_that_are_not_utf8_cost_their_own_line(tmp_path: Path) -> None:
    rows = [
        ORDER_HEADER.encode(),
        "1,zoé,tea,2,3.50,2026-01-05T10:00:00Z".encode(),
        b"2,bob,th\xe9,1,2.5,2026-01-05",
        GOOD.encode(),
    ]
    staged = read_orders([text_file(tmp_path, b"\n".join(rows), "orders.csv")])
    assert staged.quarantine.rows.select(c.LINE, c.REASON, c.TEXT).rows() == [
        (3, "invalid_utf8", r"2,bob,th\xe9,1,2.5,2026-01-05")
    ]
    assert staged.lines.height == 2


def test_what_may_stand_in_a_csv_file(tmp_path: Path) -> None:
    content = (
        f"\ufeff{ORDER_HEADER},note\r\n"
        '1,ann,"tea, green",1,2.5,2026-01-05,"two\nlines"\r\n'
        "\r\n"
        '2,a:{*} ☃,"say ""hi""",0.5,0,2026-01-05 10:30,7" plate\r\n'
    )
    staged = read_orders([text_file(tmp_path, content, "orders.csv")])
    assert staged.quarantine.counts() == {}
    assert staged.lines.select(c.LINE, c.CUSTOMER_ID, c.PRODUCT_ID, c.QUANTITY).rows() == [
        (2, "ann", "tea, green", 1.0),
        (5, "a:{*} ☃", 'say "hi"', 0.5),
    ]


def test_an_unclosed_quote_takes_no_other_line_with_it(tmp_path: Path) -> None:
    rows = [f"{n},ann,tea,1,2.5,2026-01-05" for n in range(2_000)]
    rows[100] = '100,"ann,tea,1,2.5,2026-01-05'
    staged = read_orders([order_file(tmp_path, *rows)])
    assert staged.quarantine.rows.select(c.LINE, c.REASON).rows() == [(102, "unclosed_quote")]
    assert staged.lines.height == 1_999


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters(tmp_path: Path, delimiter: str) -> None:
    content = f"{ORDER_HEADER}\n{GOOD}\n".replace(",", delimiter)
    assert read_orders([text_file(tmp_path, content, "orders.csv")]).lines.height == 1


@pytest.mark.parametrize(
    "first, delimiter",
    [("sep=;", ";"), ("\ufeffSEP=,", ","), ('"sep=|"', "|"), ("sep=^", "^"), ("sep=\t", "\t")],
)
def test_a_line_that_tells_the_delimiter_is_none_of_the_table(
    tmp_path: Path, first: str, delimiter: str
) -> None:
    table = f"{ORDER_HEADER}\r\n{GOOD}\r\n".replace(",", delimiter)
    staged = read_orders([text_file(tmp_path, f"{first}\r\n{table}", "orders.csv")])
    assert staged.lines.select(c.LINE, c.PRODUCT_ID).rows() == [(3, "tea")]


def test_json_lines(tmp_path: Path) -> None:
    content = (
        '{"order_id": 17, "customer_id": null, "product_id": "007", "quantity": 1, "unit_price": 2.5,'
        ' "ordered_at": "2026-01-05", "extra": [1]}\n\n'
        '{"order_id": "18", "product_id": "8", "quantity": "2", "unit_price": 1e1,'
        ' "ordered_at": "2026-01-06", "status": "REFUNDED"}\n'
        '{"order_id": "19", "product_id": "8", "quantity": NaN}\n'
        '["20"]\n'
        '{"order_id": {"a": 1}, "customer_id": "x", "product_id": "8", "quantity": 1, "unit_price": 1}\n'
    )
    staged = read_orders([text_file(tmp_path, content, "orders.jsonl")])
    assert staged.lines.select(
        c.ORDER_ID, c.CUSTOMER_ID, c.PRODUCT_ID, c.UNIT_PRICE, c.STATUS, c.LINE
    ).rows() == [
        ("17", None, "007", 2.5, "completed", 1),
        ("18", None, "8", 10.0, "refunded", 3),
    ]
    assert staged.quarantine.rows.select(c.LINE, c.REASON).rows() == [
        (4, "bad_json"),
        (5, "bad_json"),
        (6, "order_id_is_no_text"),
    ]


def test_parquet_keeps_types_and_numbers_rows(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "order_id": [1, 2, 3],
            "customer_id": [17850.0, None, float("nan")],
            "product_id": ["a", "b", None],
            "quantity": [1, 2, 3],
            "unit_price": [2.5, 1.0, 1.0],
            "ordered_at": [date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 7)],
        }
    )
    frame.write_parquet(tmp_path / "orders.parquet")
    staged = read_orders([str(tmp_path / "orders.parquet")])
    assert staged.lines.select(c.LINE, c.ORDER_ID, c.CUSTOMER_ID, c.ORDERED_AT).rows() == [
        (1, "1", "17850", datetime(2026, 1, 5, tzinfo=UTC)),
        (2, "2", None, datetime(2026, 1, 6, tzinfo=UTC)),
    ]
    assert staged.quarantine.rows.select(c.LINE, c.REASON, c.TEXT).rows() == [
        (3, "product_id_missing", "3,,,3,1,2026-01-07")
    ]


def test_sources_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order_file(tmp_path, GOOD, name="a.csv")
    order_file(tmp_path, GOOD, GOOD, name="b.csv")
    packed = text_file(tmp_path, gzip.compress(f"{ORDER_HEADER}\n{GOOD}\n".encode()), "c.csv.gz")
    stdin = SimpleNamespace(buffer=io.BytesIO(f"{ORDER_HEADER}\n{GOOD}\n".encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    staged = read_orders([str(tmp_path / "?.csv"), packed, "-"])
    assert staged.files == (str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), packed, "<stdin>")
    assert staged.lines.height == 5


@pytest.mark.parametrize(
    "header",
    [
        "ORDER_ID,CUSTOMER_ID,PRODUCT_ID,QUANTITY,UNIT_PRICE,ORDERED_AT",
        "Order ID,Customer Id, product id ,Quantity,Unit Price,Ordered_at",
    ],
)
def test_columns_are_found_however_their_names_are_written(tmp_path: Path, header: str) -> None:
    staged = read_orders([order_file(tmp_path, GOOD, header=header)])
    assert staged.lines.equals(read_orders([order_file(tmp_path, GOOD)]).lines)


def test_of_two_columns_with_one_name_the_plain_one_counts(tmp_path: Path) -> None:
    staged = read_orders([order_file(tmp_path, f"other,{GOOD}", header=f"Order ID,{ORDER_HEADER}")])
    assert staged.lines.equals(read_orders([order_file(tmp_path, GOOD)]).lines)


def test_a_missing_column_is_told_where_the_others_are_written_otherwise(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="has no column customer_id, ordered_at; found: ORDER_ID,"):
        read_orders([order_file(tmp_path, header="ORDER_ID,PRODUCT ID,QUANTITY,UNIT_PRICE")])


def test_pipes_are_read_like_files(tmp_path: Path) -> None:
    content = f"{ORDER_HEADER}\n{GOOD}\n".encode()
    pipes = [tmp_path / "plain", tmp_path / "packed"]
    for pipe, written in zip(pipes, [content, gzip.compress(content)], strict=True):
        os.mkfifo(pipe)
        threading.Thread(target=pipe.write_bytes, args=[written], daemon=True).start()
    staged = read_orders([str(pipe) for pipe in pipes])
    assert staged.files == (str(pipes[0]), str(pipes[1]))
    assert staged.lines.height == 2


def test_the_name_of_a_file_need_not_be_utf_8(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.csv")
    Path(order_file(tmp_path, GOOD, "bad")).rename(path)
    for source in (path, str(tmp_path / "*.csv")):
        staged = read_orders([source])
        assert staged.files == (rf"{tmp_path}/caf\xe9.csv",)
        assert staged.quarantine.rows[c.SOURCE].to_list() == list(staged.files)


BAD_FILES = [
    ("empty", b"", "is empty"),
    ("header only", ORDER_HEADER.encode(), "no order lines, only headers"),
    ("blank first line", b"\n" + ORDER_HEADER.encode(), "its first line must name the columns"),
    ("a column missing", b"order_id,product_id,quantity,ordered_at\n", "no column customer_id, unit_price"),
    ("a column twice", ORDER_HEADER.encode() + b",quantity\n", "'quantity' more than once"),
    ("UTF-32", (ORDER_HEADER + "\n").encode("utf-32"), "is UTF-32; save it as UTF-8"),
    ("header of no encoding", b"order_id,prix_\x81\n", "its first line is not UTF-8"),
    ("Excel", b"PK\x03\x04rest", "is an Excel or zip file"),
    ("zstd in magic only", b"\x28\xb5\x2f\xfdrest", "the packed data is cut off or damaged"),
    ("JSON without a column", b'[{"order_id": 1}]', "has no column"),
    ("cut off gzip", gzip.compress(ORDER_HEADER.encode() * 9)[:60], "the packed data is cut off or damaged"),
    ("gzip in name and magic only", b"\x1f\x8bnonsense", "the packed data is cut off or damaged"),
    ("cut off Parquet", b"PAR1nonsense", "is no readable Parquet file"),
    ("JSON that is none", b"{nonsense\n", "is no complete JSON"),
    ("JSON Lines without a column", b'{"order_id": 1}\n', "has no column"),
]  # fmt: skip


@pytest.mark.parametrize(
    "content, cause", [case[1:] for case in BAD_FILES], ids=[case[0] for case in BAD_FILES]
)
def test_a_bad_file_is_refused_by_name_and_cause(tmp_path: Path, content: bytes, cause: str) -> None:
    file = text_file(tmp_path, content, "orders.csv")
    with pytest.raises(InputRefused) as refusal:
        read_orders([file])
    assert refusal.value.exit_code == 3
    assert str(refusal.value).startswith(f"{file}: ")
    assert cause in str(refusal.value)


def test_missing_columns_are_named_beside_those_found(tmp_path: Path) -> None:
    file = text_file(tmp_path, "order_id,buyer,product_id,quantity,unit_price,ordered_at\n", "orders.csv")
    with pytest.raises(InputRefused) as refusal:
        read_orders([file])
    assert str(refusal.value) == (
        f"{file}: has no column customer_id; found: order_id, buyer, product_id, quantity, unit_price, "
        "ordered_at. See docs/orders.md"
    )


@pytest.mark.parametrize("source", ["nowhere.csv", "nowhere/*.csv"])
def test_nothing_there(tmp_path: Path, source: str) -> None:
    with pytest.raises(InputRefused, match="no such file"):
        read_orders([str(tmp_path / source)])


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="is a folder"):
        read_orders([str(tmp_path)])


@pytest.mark.parametrize(
    "options, message",
    [
        ({"format": "xml"}, "--format 'xml' is unknown"),
        ({"timezone": "Mars/Base"}, "--timezone 'Mars/Base' is unknown"),
    ],
)
def test_usage_errors(tmp_path: Path, options: dict, message: str) -> None:
    sources = options.pop("sources", [order_file(tmp_path, GOOD)])
    with pytest.raises(UsageError) as error:
        read_orders(sources, ReadingOptions(**options))
    assert error.value.exit_code == 2
    assert message in str(error.value)


def test_a_format_that_the_file_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="is csv, not parquet"):
        read_orders([order_file(tmp_path, GOOD)], ReadingOptions(format="parquet"))


def test_parquet_is_read_piece_by_piece_as_if_at_once(tmp_path: Path, monkeypatch) -> None:
    rows = pl.DataFrame(
        {
            c.ORDER_ID: [1, 2, 3, 4, 5],
            c.CUSTOMER_ID: ["ann", "ann", None, "bob", "bob"],
            c.PRODUCT_ID: ["tea", "jam", "tea", "", "mug"],
            c.QUANTITY: [1, 2, 3, 4, 5],
            c.UNIT_PRICE: [2.5, 2.5, 2.5, 2.5, -1.0],
            c.ORDERED_AT: [date(2026, 1, day) for day in range(1, 6)],
            c.CURRENCY: ["usd", "USD", "eur", "eur", None],
            c.STATUS: ["completed", "completed", None, "pending", "pending"],
        }
    )
    rows.write_parquet(tmp_path / "orders.parquet")
    at_once = read_orders([str(tmp_path / "orders.parquet")])
    monkeypatch.setattr(parquet_file, "BATCH_ROWS", 2)
    in_pieces = read_orders([str(tmp_path / "orders.parquet")])
    assert in_pieces.lines.equals(at_once.lines)
    assert in_pieces.lines.select(c.LINE, c.CURRENCY, c.STATUS).rows() == [
        (1, "USD", "completed"),
        (2, "USD", "completed"),
        (3, "EUR", "completed"),
    ]
    assert in_pieces.quarantine.rows.select(c.LINE, c.REASON).rows() == [
        (4, "product_id_missing"),
        (5, "bad_unit_price"),
    ]
    assert in_pieces.quarantine.rows.equals(at_once.quarantine.rows)
