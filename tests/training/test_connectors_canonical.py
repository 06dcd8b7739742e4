"""Who the customer of canonical orders is: told by `customer_id`, by `email`, or by both."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest

from tests.builders import order_file, text_file
from tests.databases import SqliteDatabase
from training import columns as c
from training.connectors.platform_lines import CustomerKey, IdKeys, ProductKey
from training.errors import InputRefused
from training.reading import ReadingOptions, read_orders

ANN = hashlib.sha256(b"ann@example.com").hexdigest()
BOB = hashlib.sha256(b"bob@example.com").hexdigest()

REST = "tea,1,2.5,2026-01-05"
WITHOUT_CUSTOMER = "product_id,quantity,unit_price,ordered_at"
BOTH = f"order_id,customer_id,email,{WITHOUT_CUSTOMER}"


def customers(source: str, key: CustomerKey, query: str | None = None) -> list[str | None]:
    staged = read_orders([source], ReadingOptions(keys=IdKeys(customer=key), query=query))
    assert staged.quarantine.counts() == {}
    return staged.lines.sort(c.ORDER_ID)[c.CUSTOMER_ID].to_list()


@pytest.mark.parametrize("key, expected", [("platform", ["17", BOB, None]), ("email", [ANN, BOB, None])])
def test_a_column_of_addresses_beside_the_ids(
    tmp_path: Path, key: CustomerKey, expected: list[str | None]
) -> None:
    rows = [f"1,17, Ann@Example.com,{REST}", f"2,,bob@example.com,{REST}", f"3,,,{REST}"]
    assert customers(order_file(tmp_path, *rows, header=BOTH), key) == expected


def test_under_email_an_id_without_an_address_is_a_guest(tmp_path: Path) -> None:
    assert customers(order_file(tmp_path, f"1,17,,{REST}", header=BOTH), "email") == [None]


@pytest.mark.parametrize("key", ["platform", "email"])
def test_addresses_alone(tmp_path: Path, key: CustomerKey) -> None:
    rows = [f"1,Ann@Example.com,{REST}", f"2,,{REST}"]
    file = order_file(tmp_path, *rows, header=f"order_id,Email,{WITHOUT_CUSTOMER}")
    assert customers(file, key) == [ANN, None]


@pytest.mark.parametrize(
    "key, expected",
    [("platform", ["Ann@Example.com", ANN, "17", None]), ("email", [ANN, ANN, "17", None])],
)
def test_addresses_in_the_place_of_ids(tmp_path: Path, key: CustomerKey, expected: list[str | None]) -> None:
    file = order_file(
        tmp_path, *(f"{n},{who},{REST}" for n, who in enumerate(["Ann@Example.com", ANN, "17", ""]))
    )
    assert customers(file, key) == expected


def test_parquet_with_ids_of_numbers(tmp_path: Path) -> None:
    order = {c.ORDER_ID: 1, c.CUSTOMER_ID: 17, c.PRODUCT_ID: "tea", c.QUANTITY: 1, c.UNIT_PRICE: 2.5}
    rows = [
        order | {c.ORDERED_AT: "2026-01-05", c.EMAIL: "ann@example.com"},
        order | {c.ORDER_ID: 2, c.CUSTOMER_ID: None, c.ORDERED_AT: "2026-01-05", c.EMAIL: "bob@example.com"},
    ]
    path = tmp_path / "orders.parquet"
    pl.DataFrame(rows).write_parquet(path)
    assert customers(str(path), "platform") == ["17", BOB]
    assert customers(str(path), "email") == [ANN, BOB]


@pytest.mark.parametrize("is_array", [True, False], ids=["an array", "lines"])
def test_json_has_the_column_if_any_of_its_first_objects_has(tmp_path: Path, is_array: bool) -> None:
    order = {c.PRODUCT_ID: "tea", c.QUANTITY: 1, c.UNIT_PRICE: 2.5, c.ORDERED_AT: "2026-01-05"}
    with_ids = [order | {c.ORDER_ID: "1", c.CUSTOMER_ID: "17"}, order | {c.ORDER_ID: "2", c.CUSTOMER_ID: ""}]
    with_address = [*with_ids, order | {c.ORDER_ID: "3", c.EMAIL: "ann@example.com"}]

    def file(rows: list[dict[str, object]]) -> str:
        text = json.dumps(rows) if is_array else "\n".join(map(json.dumps, rows))
        return text_file(tmp_path, text, "orders")

    assert customers(file(with_ids), "email") == ["17", None]
    assert customers(file(with_address), "platform") == ["17", None, ANN]
    assert customers(file(with_address), "email") == [None, None, ANN]
    assert customers(file(with_address[2:]), "platform") == [ANN]


@pytest.mark.parametrize("no_address", [["ann@example.com"], {"to": "ann@example.com"}, True])
def test_what_is_no_text_is_no_address(tmp_path: Path, no_address: object) -> None:
    order = {
        c.ORDER_ID: "1",
        c.PRODUCT_ID: "tea",
        c.QUANTITY: 1,
        c.UNIT_PRICE: 2.5,
        c.ORDERED_AT: "2026-01-05",
    }
    rows = [order | {c.EMAIL: no_address}, order | {c.EMAIL: "ann@example.com"}]
    staged = read_orders([text_file(tmp_path, json.dumps(rows), "orders.json")])
    assert staged.quarantine.counts() == {"email_is_no_text": 1}
    assert staged.lines[c.CUSTOMER_ID].to_list() == [ANN]


def test_a_query_may_name_addresses(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "shop")
    database.execute("CREATE TABLE buyers (mail TEXT); INSERT INTO buyers VALUES ('ANN@example.com')")
    query = (
        "SELECT 1 AS order_id, mail AS email, 'tea' AS product_id, 1 AS quantity, 2.5 AS unit_price, "
        "'2026-01-05' AS ordered_at FROM buyers"
    )
    assert customers(database.address, "email", query) == [ANN]


@pytest.mark.parametrize("header", [f"order_id,{WITHOUT_CUSTOMER}", f"order_id,name,{WITHOUT_CUSTOMER}"])
def test_without_either_column_the_file_is_refused(tmp_path: Path, header: str) -> None:
    with pytest.raises(InputRefused, match="has no column customer_id; found"):
        read_orders([order_file(tmp_path, header=header)])


@pytest.mark.parametrize("key", ["sku", "variant", "product"])
def test_the_key_of_products_changes_nothing(tmp_path: Path, key: ProductKey) -> None:
    staged = read_orders([order_file(tmp_path, f"1,17,{REST}")], ReadingOptions(keys=IdKeys(product=key)))
    assert staged.lines[c.PRODUCT_ID].to_list() == ["tea"]
