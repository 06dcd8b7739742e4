"""Bad input in catalogues, where it differs from that in orders: prices, links, dates, and what stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tests.builders import text_file
from training import columns as c
from training.catalog import read_catalog
from training.errors import InputRefused

HEADER = "product_id,title,price,url,in_stock,available_from,tags"
GOOD = "tea,Green tea,3.50,/tea,yes,2026-01-05,green"

KEPT: list[tuple[str, str, dict[str, Any]]] = [
    ("leading zeros", "0042,,,,,,", {c.PRODUCT_ID: "0042"}),
    ("a formula as an id", "=1+1,,,,,,", {c.PRODUCT_ID: "=1+1"}),
    ("a formula as a title", "mug,=HYPERLINK(1),,,,,", {c.TITLE: "=HYPERLINK(1)"}),
    ("markup in a title", "mug,<script>alert(1)</script>,,,,,", {c.TITLE: "<script>alert(1)</script>"}),
    ("a title over lines", 'mug,"Mug\n\nred",,,,,', {c.TITLE: "Mug red"}),
    ("decimal comma", 'mug,,"12,99",,,,', {c.PRICE: 12.99}),
    ("points between thousands", 'mug,,"1.299,00",,,,', {c.PRICE: 1299.0}),
    ("a price with its sign", "mug,,12.99 €,,,,", {c.PRICE: 12.99, c.CURRENCY: "EUR"}),
    ("nothing but the id", "mug,,,,,,", {c.PRICE: None, c.IN_STOCK: None}),
]

QUARANTINED = [
    ("no id", ",Mug,,,,,", "product_id_missing"),
    ("10 kB of id", f"{'x' * 10_000},,,,,,", "product_id_too_long"),
    ("NUL in an id", "mu\0g,,,,,,", "product_id_has_control_characters"),
    ("NaN price", "mug,,NaN,,,,", "bad_price"),
    ("price of 1e308", "mug,,1e308,,,,", "bad_price"),
    ("price beyond reason", f"mug,,1{'0' * 13},,,,", "bad_price"),
    ("negative price", "mug,,-1,,,,", "bad_price"),
    ("a comma of two meanings", 'mug,,"1,299",,,,', "bad_price"),
    ("a script for a link", "mug,,,javascript:alert(1),,,", "bad_url"),
    ("a stock of words", "mug,,,,perhaps,,", "bad_in_stock"),
    ("day or month first", "mug,,,,,01/02/2026,", "bad_available_from"),
    ("too few fields", "mug,", "ragged_row"),
    ("a line of 20 MB", "mug," + "x" * 20_000_000, "line_too_long"),
]


def catalog(*rows: str) -> str:
    return "\n".join([HEADER, *rows, ""])


@pytest.mark.parametrize("row, cells", [case[1:] for case in KEPT], ids=[case[0] for case in KEPT])
def test_a_row_is_kept(tmp_path: Path, row: str, cells: dict[str, Any]) -> None:
    found = read_catalog([text_file(tmp_path, catalog(GOOD, row), "catalog.csv")])
    assert found.quarantine.counts() == {}
    (kept,) = found.rows.filter(found.rows[c.PRODUCT_ID] != "tea").to_dicts()
    assert {name: kept[name] for name in cells} == cells


@pytest.mark.parametrize("row, reason", [case[1:] for case in QUARANTINED], ids=[q[0] for q in QUARANTINED])
def test_a_row_is_set_aside(tmp_path: Path, row: str, reason: str) -> None:
    found = read_catalog([text_file(tmp_path, catalog(GOOD, row), "catalog.csv")])
    assert found.quarantine.counts() == {reason: 1}
    assert found.rows[c.PRODUCT_ID].to_list() == ["tea"]
    assert found.read == 2


def test_letters_composed_in_two_ways_are_two_products(tmp_path: Path) -> None:
    found = read_catalog([text_file(tmp_path, catalog("caf\u00e9,,,,,,", "cafe\u0301,,,,,,"), "catalog.csv")])
    assert set(found.rows[c.PRODUCT_ID]) == {"caf\u00e9", "cafe\u0301"}


@pytest.mark.parametrize(
    "content",
    [
        catalog(GOOD).encode("utf-16"),
        zstandard.compress(catalog(GOOD).encode()),
        catalog(GOOD).replace("\n", "\r").encode(),
        json.dumps([dict(zip(HEADER.split(","), GOOD.split(","), strict=True))]).encode(),
    ],
    ids=["UTF-16", "Zstandard", "carriage returns", "a JSON array"],
)
def test_a_file_is_read_however_it_is_written(tmp_path: Path, content: bytes) -> None:
    found = read_catalog([text_file(tmp_path, content, "catalog")])
    assert found.rows.select(c.PRODUCT_ID, c.TITLE, c.PRICE).rows() == [("tea", "Green tea", 3.5)]


@pytest.mark.parametrize(
    "content, cause",
    [
        (b"", "is empty"),
        (b"name,price\nTea,3.50\n", "has no column product_id"),
        (zstandard.compress(catalog(GOOD).encode())[:-3], "cut off or damaged"),
        (b"PK\x03\x04", "is an Excel or zip file"),
        (b'[{"product_id": "tea"', "is no complete JSON"),
    ],
    ids=["empty", "no ids", "cut off", "Excel", "JSON cut off"],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes, cause: str) -> None:
    with pytest.raises(InputRefused, match=cause):
        read_catalog([text_file(tmp_path, content, "catalog")])


ORDERS = {
    "canonical": "order_id,customer_id,product_id,quantity,unit_price,ordered_at,title\n"
    "1,ann,T,1,3.5,2026-01-05,Tea\n",
    "canonical, one column absent": "Order ID,product_id,title\n1,T,Tea\n",
    "canonical JSON": '{"order_id": 1, "product_id": "T", "title": "Tea"}\n',
    "online-retail": "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "1,22423,TEA,1,2010-12-01,3.5,7,UK\n",
    "shopify csv": "Name,Id,Financial Status,Created at,Lineitem quantity,Lineitem name,Lineitem price\n"
    "#1,8001,paid,2026-01-05 10:00:00 +0000,1,Tea,3.50\n",
    "shopify": '[{"id": 1, "created_at": "2026-01-05T10:00:00Z", "line_items": [], "title": "?"}]',
    "woocommerce": '[{"id": 1, "status": "completed", "date_created": "2026-01-05", "line_items": []}]',
    "magento": '{"items": [{"entity_id": 1, "items": []}], "total_count": 1}',
}


@pytest.mark.parametrize("name", ORDERS)
def test_orders_are_refused_by_name(tmp_path: Path, name: str) -> None:
    shop = name.removesuffix(" csv").split(",")[0].removesuffix(" JSON")
    with pytest.raises(
        InputRefused, match=rf"products: holds orders \({shop}\), not products: name it with --"
    ):
        read_catalog([text_file(tmp_path, ORDERS[name], "products")])


def test_a_run_tells_that_orders_and_catalogue_share_no_product_and_goes_on(training, five_orders, tmp_path):
    catalog = tmp_path / "catalog.csv"
    catalog.write_text("product_id,title\n4711,Tea\n")
    outcome = training("run", "--orders", five_orders, "--catalog", catalog, "--json")
    assert outcome.code == 0
    assert outcome.summary["catalog"]["sold_not_listed_share"] == 1.0


def test_orders_in_place_of_a_catalogue_are_refused_before_anything_is_published(
    training, five_orders, reader
):
    outcome = training("run", "--orders", five_orders, "--catalog", five_orders)
    assert outcome.code == 3
    assert "holds orders (canonical), not products: name it with --orders" in outcome.errors
    assert reader.live() is None


@pytest.mark.parametrize("command", [["run"], ["run", "--no-publish"], ["doctor"]])
def test_a_catalogue_without_a_product_is_refused(training, five_orders, reader, tmp_path, command):
    catalog = tmp_path / "catalog.csv"
    catalog.write_text("product_id,title,price\n")
    outcome = training(*command, "--orders", five_orders, "--catalog", catalog)
    assert outcome.code == 3
    assert "catalog.csv: no product, it has no rows" in outcome.errors
    assert reader.live() is None
