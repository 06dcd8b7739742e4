"""Reading catalogues, and completing products from what the orders tell."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.builders import cleaned, line, text_file
from tests.needs import REPOSITORY
from tests.training.catalogs import read, told
from training import columns as c
from training.catalog import Catalog, ProductTable, read_catalog
from training.errors import InputRefused, UsageError

FIRST_SALE = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp())


def catalog(folder: Path, *rows: str, header: str = "product_id,title", name: str = "catalog.csv") -> Catalog:
    return read_catalog([text_file(folder, "\n".join([header, *rows, ""]), name)])


def described(catalog: Catalog, *lines: dict[str, Any]) -> ProductTable:
    """The products of these order lines, and the unsold ones."""
    orders = cleaned(*lines).lines
    return catalog.for_products(orders[c.PRODUCT_ID].unique().sort().to_list(), orders)


def test_all_canonical_columns(tmp_path: Path) -> None:
    found = catalog(
        tmp_path,
        "007,Tea,https://shop/tea,/img/tea.png,Leaf,Drinks>Hot >  Tea,2.50,eur,no,2026-02-01,green;new",
        header="product_id,title,url,image_url,brand,category,price,currency,in_stock,available_from,tags",
    )
    table = described(found, line(product="007", price=9))
    assert table.records == [
        {
            "title": "Tea",
            "url": "https://shop/tea",
            "image_url": "/img/tea.png",
            "brand": "Leaf",
            "category": "Drinks > Hot > Tea",
            "price": 2.5,
            "currency": "EUR",
            "in_stock": False,
            "available_from": "2026-02-01T00:00:00Z",
            "tags": ["green", "new"],
        }
    ]
    assert table.available.tolist() == [False]
    assert table.available_from.tolist() == [int(datetime(2026, 2, 1, tzinfo=UTC).timestamp())]


def test_google_merchant_center_feed(tmp_path: Path) -> None:
    rows = (
        "id\ttitle\tlink\timage link\tbrand\tgoogle product category\tproduct type\tprice\tavailability",
        "tea\tTea\thttps://shop/tea\thttps://shop/tea.png\tLeaf\t1868\tDrinks > Tea\t12.99 USD\tout_of_stock",
        "milk\tMilk\thttps://shop/milk\t\t\t\t\tUSD 1\tin stock",
    )
    found = read_catalog([text_file(tmp_path, "\n".join(rows), "feed.txt")])
    assert found.rows.select(c.PRODUCT_ID, c.CATEGORY, c.PRICE, c.CURRENCY, c.IN_STOCK, c.URL).rows() == [
        ("tea", "Drinks > Tea", 12.99, "USD", False, "https://shop/tea"),
        ("milk", None, 1.0, "USD", True, "https://shop/milk"),
    ]


def test_google_merchant_center_feed_of_variants(tmp_path: Path) -> None:
    feed = (
        "id\titem group id\ttitle\tprice\tavailability\nred\tmug\tMug &amp; lid, red\t9 EUR\tout_of_stock\n"
    )
    feed += "blue\tmug\tMug &amp; lid, blue\t8,50 EUR\tin_stock\ntea\t\tTea\t3 EUR\tin_stock\n"
    assert told(read(tmp_path, feed), c.TITLE, c.PRICE, c.IN_STOCK) == {
        "red": ("Mug & lid, red", 9.0, False),
        "blue": ("Mug & lid, blue", 8.5, True),
        "tea": ("Tea", 3.0, True),
    }
    assert told(read(tmp_path, feed, "product"), c.TITLE, c.PRICE, c.IN_STOCK) == {
        "mug": ("Mug & lid, red", 8.5, True),
        "tea": ("Tea", 3.0, True),
    }


MAY_3 = int(datetime(2026, 5, 3, tzinfo=UTC).timestamp())
SALES = [
    ("always", "3", "", None, 3.0),
    ("now", "3", "2026-05-01/2026-05-10", MAY_3, 3.0),
    ("until today", "3", "/2026-05-03", MAY_3, 3.0),
    ("until this morning in Los Angeles", "3", "2026-05-01T00:00-0700/2026-05-02T16:59-0700", MAY_3, 4.0),
    ("since this morning in Los Angeles", "3", "2026-05-02T16:59-0700/", MAY_3, 3.0),
    ("later", "3", "2026-06-01/2026-06-10", MAY_3, 4.0),
    ("who knows", "3", "2026-05-01/2026-05-10", None, 4.0),
    ("dearer than before", "5", "", MAY_3, 4.0),
]


@pytest.mark.parametrize(
    "sale_price, period, now, price", [case[1:] for case in SALES], ids=[case[0] for case in SALES]
)
def test_sales(tmp_path: Path, sale_price: str, period: str, now: int | None, price: float) -> None:
    header = "product_id,price,sale_price,sale_price_effective_date"
    rows = f"{header}\ntea,4,{sale_price},{period}\n"
    assert told(read(tmp_path, rows, now=now), c.PRICE) == {"tea": price}


@pytest.mark.parametrize("period", ["2026-05-01", "soon/later", "2026-05-01/2026-05-10/2026-05-20"])
def test_a_period_has_a_start_and_an_end(tmp_path: Path, period: str) -> None:
    rows = f"product_id,price,sale_price,sale_price_effective_date\ntea,4,3,{period}\n"
    assert read(tmp_path, rows).quarantine.counts() == {"bad_sale_price_effective_date": 1}


def test_a_plain_table_of_products(tmp_path: Path) -> None:
    """The names of Magento's sample data, which no export has."""
    header = "category,name,sku,price,qty,special_price"
    found = catalog(
        tmp_path, '"Gear\nBags",Bag,B-1,34,100,24', "Gear,Mat,M-1,30,0,", ",Oil,O-1,5,-2,", header=header
    )
    assert told(found, c.TITLE, c.PRICE, c.CATEGORY, c.IN_STOCK) == {
        "B-1": ("Bag", 24.0, "Gear", True),
        "M-1": ("Mat", 30.0, "Gear", False),
        "O-1": ("Oil", 5.0, None, False),
    }


def test_an_sku_beside_an_id_is_none(tmp_path: Path) -> None:
    found = catalog(tmp_path, "7,T-1,Tea,Green tea", header="id,sku,name,title")
    assert told(found, c.TITLE) == {"7": "Green tea"}


def test_spaces_in_addresses_are_encoded(tmp_path: Path) -> None:
    found = catalog(tmp_path, "tea,https://shop/green tea.png", header="product_id,image_url")
    assert told(found, c.IMAGE_URL) == {"tea": "https://shop/green%20tea.png"}


BAD_ROWS = [
    ("no id", ",Tea,1,EUR,yes,,", "product_id_missing"),
    ("endless id", f"{'x' * 257},Tea,1,EUR,yes,,", "product_id_too_long"),
    ("a comma that may mean two things", 'tea,Tea,"1,500",EUR,yes,,', "bad_price"),
    ("negative price", "tea,Tea,-1,EUR,yes,,", "bad_price"),
    ("price of 1e308", "tea,Tea,1e308,EUR,yes,,", "bad_price"),
    ("price beyond reason", f"tea,Tea,{'9' * 20},EUR,yes,,", "bad_price"),
    ("currency sign", "tea,Tea,1,€,yes,,", "bad_currency"),
    ("stock in words", "tea,Tea,1,EUR,plenty,,", "bad_in_stock"),
    ("a date that never was", "tea,Tea,1,EUR,yes,2026-02-30,", "bad_available_from"),
    ("a script for a link", "tea,Tea,1,EUR,yes,,javascript:alert(1)", "bad_url"),
    ("another host for a path", "tea,Tea,1,EUR,yes,,//evil/x", "bad_url"),
    ("ragged", "tea,Tea", "ragged_row"),
]


@pytest.mark.parametrize("row, reason", [case[1:] for case in BAD_ROWS], ids=[case[0] for case in BAD_ROWS])
def test_a_bad_row_is_set_aside(tmp_path: Path, row: str, reason: str) -> None:
    header = "product_id,title,price,currency,in_stock,available_from,url"
    found = catalog(tmp_path, "milk,Milk,1,EUR,yes,,", row, header=header)
    assert found.quarantine.rows.select(c.LINE, c.REASON, c.TEXT).rows() == [(3, reason, row)]
    assert found.rows[c.PRODUCT_ID].to_list() == ["milk"]
    assert found.read == 2


OTHER_REASONS = {
    "bad_sale_price",
    "bad_sale_price_effective_date",
    "malformed_product",
    "gift_card",
    "grouped",
    "store_view",
}


@pytest.mark.parametrize("reason", sorted({reason for _, _, reason in BAD_ROWS} | OTHER_REASONS))
def test_each_reason_is_documented(reason: str) -> None:
    pages = [(REPOSITORY / "docs" / name).read_text(encoding="utf-8") for name in ("orders.md", "catalog.md")]
    assert any(f"`{reason}`" in page for page in pages)


def test_the_last_row_of_a_product_counts(tmp_path: Path) -> None:
    old = text_file(tmp_path, "product_id,title\ntea,Old\nmilk,Milk\n", "old.csv")
    new = text_file(tmp_path, '{"id": "tea", "title": "New", "tags": ["a", "b"]}\n', "new.jsonl")
    found = read_catalog([old, new])
    assert sorted(found.rows.select(c.PRODUCT_ID, c.TITLE, c.TAGS).rows()) == [
        ("milk", "Milk", None),
        ("tea", "New", "a,b"),
    ]


def test_typed_columns_of_parquet(tmp_path: Path) -> None:
    frame = pl.DataFrame({"product_id": [7], "price": [2.5], "in_stock": [False], "tags": [["a", "b"]]})
    frame.write_parquet(tmp_path / "catalog.parquet")
    found = read_catalog([str(tmp_path / "catalog.parquet")])
    assert found.rows.select(c.PRODUCT_ID, c.PRICE, c.IN_STOCK, c.TAGS).rows() == [("7", 2.5, False, "a,b")]


@pytest.mark.parametrize(
    "address", ["postgresql://bob:secret@db.example/shop", "https://shop.example/feed.xml"]
)
def test_addresses_are_not_fetched(address: str) -> None:
    with pytest.raises(
        UsageError, match="a catalogue is read from files; save what is there as one"
    ) as refused:
        read_catalog([address])
    assert "secret" not in str(refused.value)


def test_no_product_ids(tmp_path: Path) -> None:
    with pytest.raises(
        InputRefused, match=r"catalog.csv: has no column product_id \(or id, or sku\); found: code, title"
    ):
        catalog(tmp_path, "1,Tea", header="code,title")


class TestWithoutACatalogue:
    def test_title_is_the_most_frequent_price_the_latest_above_zero(self) -> None:
        table = described(
            read_catalog([]),
            line("1", price=1.0, at="2026-01-05", title="Tea", currency="EUR"),
            line("2", price=1.5, at="2026-01-06", title="Tea", currency="EUR"),
            line("3", price=0.0, at="2026-01-07", title="Tea (gift)", currency="EUR"),
        )
        record = table.records[0]
        assert (record["title"], record["price"], record["currency"]) == ("Tea", 1.5, "EUR")
        assert table.available_from.tolist() == [FIRST_SALE]
        assert table.available.tolist() == [True]

    def test_of_two_prices_at_one_time_the_higher_counts(self) -> None:
        orders = [
            [line("1", price=5.0, quantity=1), line("1", price=3.0, quantity=2)],
            [line("1", price=3.0, quantity=2), line("1", price=5.0, quantity=1)],
        ]
        assert [described(read_catalog([]), *one).records[0]["price"] for one in orders] == [5.0, 5.0]

    def test_the_id_stands_in_for_a_title(self) -> None:
        record = described(read_catalog([]), line(product="tea")).records[0]
        told = {name: value for name, value in record.items() if value is not None}
        assert told == {
            "title": "tea",
            "price": 2.5,
            "in_stock": True,
            "available_from": "2026-01-05T00:00:00Z",
        }


def test_products_sold_come_first_then_the_unsold_sorted(tmp_path: Path) -> None:
    found = catalog(tmp_path, "zebra,Z", "apple,A", "tea,Tea")
    table = described(found, line(product="tea"), line(product="milk"))
    assert table.product_ids.tolist() == ["milk", "tea", "apple", "zebra"]
    assert [record["title"] for record in table.records] == ["milk", "Tea", "A", "Z"]
    assert table.available_from.tolist() == [FIRST_SALE, FIRST_SALE, 0, 0]
    assert len(table) == 4


def test_the_currency_of_a_shop_that_knows_one_only(tmp_path: Path) -> None:
    found = catalog(tmp_path, "tea,3", "milk,", header="product_id,price")
    lines = [line(product=product, price=2.5, currency="EUR") for product in ("tea", "milk")]
    records = described(found, *lines).records
    assert [(record["price"], record["currency"]) for record in records] == [(2.5, "EUR"), (3.0, "EUR")]


@pytest.mark.parametrize(
    "header, rows, sold_in",
    [
        ("product_id,price", ["tea,3"], "USD"),
        ("product_id,price,currency", ["tea,3,", "oil,9,EUR"], "EUR"),
    ],
    ids=["orders in two currencies", "a catalogue that names some"],
)
def test_a_price_does_not_borrow_a_currency(
    tmp_path: Path, header: str, rows: list[str], sold_in: str
) -> None:
    found = catalog(tmp_path, *rows, header=header)
    lines = [line(product="tea", currency=sold_in), line(product="milk", currency="EUR")]
    records = described(found, *lines).records
    assert [(record["price"], record["currency"]) for record in records][:2] == [(2.5, "EUR"), (3.0, None)]


def test_a_catalogue_without_a_product_is_refused(tmp_path: Path) -> None:
    read_catalog([]).require_usable(max_quarantined=0)
    with pytest.raises(InputRefused, match=r"catalog.csv: no product, it has no rows; export the products"):
        catalog(tmp_path).require_usable(max_quarantined=0)
    cards = text_file(
        tmp_path,
        "Handle,Title,Option1 Value,Variant Price,Gift Card\ncard,Card,Default Title,9,true\n",
        "cards",
    )
    with pytest.raises(InputRefused, match=r"cards: no product, none of its 1 rows is one: gift_card 1;"):
        read_catalog([cards]).require_usable(max_quarantined=0)


def test_too_many_bad_rows_are_refused(tmp_path: Path) -> None:
    found = catalog(tmp_path, "tea,1", "milk,much", header="product_id,price")
    found.require_usable(max_quarantined=0.5)
    with pytest.raises(InputRefused, match=r"1 of 2 catalogue rows are quarantined \(bad_price 1\)"):
        found.require_usable(max_quarantined=0.49)
