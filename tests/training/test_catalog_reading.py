"""Catalogues from any source: told by the content, every row accounted for, whatever stands in it."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import text_file
from tests.training.catalogs import read, told
from training import columns as c
from training.catalog import read_catalog
from training.connectors.platform_lines import ProductKey
from training.errors import InputRefused

SHOPIFY = "Handle,Title,Option1 Value,Variant SKU,Variant Price\ntea,Tea,Default Title,T,3.50\n"
WOOCOMMERCE = "ID,Type,SKU,Name,Regular price\n1,simple,T,Tea,3.50\n"
MAGENTO = "sku,product_type,name,visibility,price\nT,simple,Tea,Catalog,3.50\n"
GOOGLE = "id\ttitle\tprice\nT\tTea\t3.50 EUR\n"
CANONICAL = "product_id,title,price\nT,Tea,3.50\n"
RSS = (
    '<rss xmlns:g="http://base.google.com/ns/1.0"><channel><item><g:id>T</g:id><g:title>Tea</g:title>'
    "<g:price>3.50 EUR</g:price></item></channel></rss>"
)
SHOPIFY_API = json.dumps(
    {"products": [{"id": 1, "title": "Tea", "variants": [{"id": 2, "sku": "T", "price": "3.50"}]}]}
)
WOOCOMMERCE_API = json.dumps(
    {"id": 1, "name": "Tea", "sku": "T", "regular_price": "3.50", "stock_status": "instock"}
)
JSON_LINES = '{"product_id": "T", "title": "Tea", "price": 3.5}\n'
JSON_ARRAY = f"[{JSON_LINES}]"

SOURCES = {
    "shopify csv": SHOPIFY,
    "woocommerce csv": WOOCOMMERCE,
    "magento csv": MAGENTO,
    "google tsv": GOOGLE,
    "google rss": RSS,
    "canonical csv": CANONICAL,
    "shopify api": SHOPIFY_API,
    "woocommerce api": WOOCOMMERCE_API,
    "json lines": JSON_LINES,
    "json array": f"[{JSON_LINES}]",
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("content", SOURCES.values(), ids=SOURCES.keys())
def test_each_source_is_told_by_its_content(tmp_path: Path, content: str, packed: bool) -> None:
    found = read(tmp_path, gzip.compress(content.encode()) if packed else content)
    assert told(found, c.TITLE, c.PRICE) == {"T": ("Tea", 3.5)}


def test_an_export_saved_as_parquet(tmp_path: Path) -> None:
    pl.read_csv(io.StringIO(WOOCOMMERCE)).write_parquet(tmp_path / "products.parquet")
    found = read_catalog([str(tmp_path / "products.parquet")])
    assert told(found, c.TITLE, c.PRICE) == {"T": ("Tea", 3.5)}


def test_sources_of_several_kinds_add_up(tmp_path: Path) -> None:
    shop = text_file(tmp_path, SHOPIFY, "shop")
    feed = text_file(tmp_path, GOOGLE.replace("Tea", "Green tea") + "M\tMug\t8 EUR\n", "feed")
    assert told(read_catalog([shop, feed]), c.TITLE) == {"T": "Green tea", "M": "Mug"}


EXPORTS = {
    "shopify": ["Handle", "Title", "Option1 Value", "Option2 Value", "Variant SKU", "Variant Price", "Tags"],
    "woocommerce": ["ID", "Type", "SKU", "Name", "Regular price", "Parent", "Categories", "Images"],
    "magento": [
        "sku",
        "product_type",
        "name",
        "visibility",
        "price",
        "created_at",
        "configurable_variations",
    ],
}
CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "1",
            "id:1",
            "T",
            "variation",
            "variable",
            "configurable",
            "sku=T,size=S|sku=1",
            "2,50",
            "A > B, C\\,D",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=12),
)


@pytest.mark.parametrize("key", ["sku", "product"])
@pytest.mark.parametrize("header", EXPORTS.values(), ids=EXPORTS.keys())
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_whatever_an_export_holds_each_row_is_accounted_for(
    tmp_path: Path, header: list[str], key: ProductKey, data: st.DataObject
) -> None:
    width = len(header)
    rows = data.draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=8))
    export = io.StringIO()
    csv.writer(export, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([header, *rows])
    found = read(tmp_path, export.getvalue(), key)
    assert found.read == len(rows)
    assert found.rows[c.PRODUCT_ID].is_unique().all()
    assert found.merged >= 0


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "src", "name"]), inner)
    ),
    max_leaves=6,
)
SHOPIFY_PRODUCT: dict[str, Any] = {
    "id": 1,
    "title": "Tea",
    "handle": "tea",
    "status": "active",
    "published_at": "2026-01-01T00:00:00Z",
    "tags": "green",
    "category": {"full_name": "Drinks > Tea"},
    "images": [{"id": 3, "src": "https://cdn.example/t.png"}],
    "variants": [{"id": 2, "sku": "T", "price": "3.50", "image_id": 3, "inventory_quantity": 1}],
}
WOOCOMMERCE_PRODUCT: dict[str, Any] = {
    "id": 1,
    "name": "Tea",
    "sku": "T",
    "type": "simple",
    "status": "publish",
    "price": "3.50",
    "regular_price": "4.00",
    "stock_status": "instock",
    "parent_id": 0,
    "categories": [{"name": "Drinks"}],
    "attributes": [{"name": "Size", "option": "L"}],
    "images": [{"src": "https://shop.example/t.png"}],
}


@pytest.mark.parametrize("product", [SHOPIFY_PRODUCT, WOOCOMMERCE_PRODUCT], ids=["shopify", "woocommerce"])
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_a_product_with_any_value_in_it_is_read_or_set_aside(
    tmp_path: Path, product: dict[str, Any], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(list(product)))
    changed = product | {name: data.draw(VALUES)}
    found = read(tmp_path, json.dumps([product | {"id": 9}, changed]))
    assert {*found.rows[c.LINE], *found.quarantine.rows[c.LINE]} <= {1, 2}
    assert (
        len(found.quarantine) + found.rows.height + found.merged + sum(found.ignored.values()) == found.read
    )
    assert found.read >= 2


def test_a_broken_line_among_products_is_set_aside(tmp_path: Path) -> None:
    lines = [json.dumps(SHOPIFY_PRODUCT), '{"id": 2, "title"', json.dumps(SHOPIFY_PRODUCT | {"variants": 1})]
    found = read(tmp_path, "\n".join(lines))
    assert found.quarantine.rows.select(c.LINE, c.REASON).rows() == [
        (2, "bad_json"),
        (3, "malformed_product"),
    ]
    assert list(told(found, c.TITLE)) == ["T"]


@pytest.mark.parametrize("header", EXPORTS.values(), ids=EXPORTS.keys())
def test_an_export_of_nothing_or_of_nothing_readable(tmp_path: Path, header: list[str]) -> None:
    assert read(tmp_path, ",".join(header) + "\n").read == 0
    ragged = read(tmp_path, ",".join(header) + "\none,two\n")
    assert (ragged.read, ragged.quarantine.counts()) == (1, {"ragged_row": 1})


NEUTRAL = st.lists(
    st.tuples(
        st.text("abcÄß -&'", min_size=1, max_size=8)
        .map(str.strip)
        .filter(lambda title: title and title[0] != "'"),
        st.integers(1, 10**6).map(lambda cents: cents / 100),
        st.booleans(),
        st.lists(st.sampled_from(["Tea", "Hot drinks", "Green"]), min_size=1, max_size=3).map(" > ".join),
    ),
    min_size=1,
    max_size=5,
)


def written(products: list[tuple[str, float, bool, str]]) -> dict[str, str]:
    """The same products as each source would write them; the SKU is the position."""
    rows = [(f"S{number}", *product) for number, product in enumerate(products)]
    tables: dict[str, tuple[list[str], list[list[Any]]]] = {
        "canonical": (
            ["product_id", "title", "price", "in_stock", "category"],
            [[sku, title, price, str(stock), path] for sku, title, price, stock, path in rows],
        ),
        "google": (
            ["id", "title", "price", "availability", "product_type"],
            [
                [sku, title, f"{price} EUR", "in_stock" if stock else "out_of_stock", path]
                for sku, title, price, stock, path in rows
            ],
        ),
        "shopify": (
            [
                *("Handle", "Title", "Option1 Value", "Variant SKU", "Variant Price", "Type"),
                *("Variant Inventory Tracker", "Variant Inventory Qty"),
            ],
            [
                [sku.lower(), title, "Default Title", sku, price, path, "shopify", int(stock)]
                for sku, title, price, stock, path in rows
            ],
        ),
        "woocommerce": (
            ["ID", "Type", "SKU", "Name", "Regular price", "In stock?", "Categories"],
            [
                [
                    number,
                    "simple",
                    sku,
                    f"'{title}" if title[0] == "-" else title,
                    str(price).replace(".", ","),
                    int(stock),
                    path,
                ]
                for number, (sku, title, price, stock, path) in enumerate(rows, start=1)
            ],
        ),
        "magento": (
            ["sku", "product_type", "name", "visibility", "price", "is_in_stock", "categories"],
            [
                [sku, "simple", title, "Catalog", price, int(stock), f"Default/{path.replace(' > ', '/')}"]
                for sku, title, price, stock, path in rows
            ],
        ),
    }
    return {name: _csv(header, cells) for name, (header, cells) in tables.items()} | {
        "rss": _rss(rows),
        "shopify api": json.dumps([_shopify(*row) for row in rows]),
        "woocommerce api": json.dumps([_woocommerce(*row) for row in rows]),
    }


def _csv(header: list[str], rows: list[list[Any]]) -> str:
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([header, *rows])
    return table.getvalue()


def _rss(rows: list[tuple[str, str, float, bool, str]]) -> str:
    items = "".join(
        f"<item><g:id>{sku}</g:id><g:title>{escape(title)}</g:title><g:price>{price} EUR</g:price>"
        f"<g:availability>{'in_stock' if stock else 'out_of_stock'}</g:availability>"
        f"<g:product_type>{escape(path)}</g:product_type></item>"
        for sku, title, price, stock, path in rows
    )
    return f'<rss xmlns:g="http://base.google.com/ns/1.0"><channel>{items}</channel></rss>'


def _shopify(sku: str, title: str, price: float, stock: bool, path: str) -> dict[str, Any]:
    variant = {"id": 1, "sku": sku, "price": f"{price:.2f}", "inventory_quantity": int(stock)}
    return {"id": sku, "title": title, "product_type": path, "variants": [variant]}


def _woocommerce(sku: str, title: str, price: float, stock: bool, path: str) -> dict[str, Any]:
    status = "instock" if stock else "outofstock"
    shown = {"name": title, "price": str(price), "regular_price": "", "categories": [{"name": path}]}
    return {"id": sku, "sku": sku, "stock_status": status, **shown}


@given(products=NEUTRAL)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
def test_the_same_products_are_the_same_from_every_source(
    tmp_path: Path, products: list[tuple[str, float, bool, str]]
) -> None:
    expected = {
        f"S{number}": (" ".join(title.split()), price, stock, path)
        for number, (title, price, stock, path) in enumerate(products)
    }
    for name, content in written(products).items():
        found = told(read(tmp_path, content), c.TITLE, c.PRICE, c.IN_STOCK, c.CATEGORY)
        assert found == expected, name


def test_json_of_something_else(tmp_path: Path) -> None:
    with pytest.raises(
        InputRefused, match=r"has no column product_id \(or id, or sku\); found: order, total"
    ):
        read(tmp_path, json.dumps([{"order": 1, "total": 2}]))
