"""Products of WooCommerce, after its wiki's "Product CSV Import Schema" and its REST reference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.needs import SHARED, needs_shared
from tests.training.catalogs import as_json, read, told
from training import columns as c
from training.catalog import read_catalog
from training.connectors.platform_lines import IdKeys, ProductKey

NOON_OF_MAY_3 = 1_777_809_600

HEADER = (
    "ID,Type,SKU,Name,Published,Visibility in catalog,Date sale price starts,Date sale price ends,In stock?,"
    "Stock,Backorders allowed?,Sale price,Regular price,Categories,Tags,Images,Parent,Brands"
)
EXPORT = f"""{HEADER}
10,variable,HOOD,Hoodie,1,visible,,,1,,0,,,"Clothing, Clothing > Hoodies","warm, soft","https://shop/h.jpg, https://shop/h2.jpg",,Mara
11,"variation, virtual",HOOD-R,"Hoodie - Red, M",1,visible,,,0,0,0,,45,,,https://shop/red.jpg,id:10,
12,variation,HOOD-B,"Hoodie - Blue, M",1,visible,,,1,3,0,40,45,,,,HOOD,
13,simple,CAP,Cap,1,visible,,,1,,0,,"1.016,50","Uncategorized, Clothing > Accessories",,cap.jpg,,
14,grouped,SET,Set,1,visible,,,1,,0,,,Clothing,,,,
"""


def simple(**cells: str) -> str:
    """An export of one product; `cells` by the names of columns, with underscores."""
    row = {"ID": "1", "Type": "simple", "SKU": "T", "Name": "Tea", "Regular_price": "4"} | cells
    return ",".join(name.replace("_", " ") for name in row) + "\n" + ",".join(row.values()) + "\n"


def test_variations_are_products_and_have_what_only_their_parent_tells(tmp_path: Path) -> None:
    found = read(tmp_path, EXPORT)
    assert told(found, c.TITLE, c.PRICE, c.IN_STOCK, c.CATEGORY, c.BRAND) == {
        "HOOD-R": ("Hoodie – Red, M", 45.0, False, "Clothing > Hoodies", "Mara"),
        "HOOD-B": ("Hoodie – Blue, M", 40.0, True, "Clothing > Hoodies", "Mara"),
        "CAP": ("Cap", 1016.5, True, "Clothing > Accessories", None),
    }
    assert told(found, c.URL, c.IMAGE_URL, c.TAGS) == {
        "HOOD-R": ("/?p=10", "https://shop/red.jpg", "warm,soft"),
        "HOOD-B": ("/?p=10", "https://shop/h.jpg", "warm,soft"),
        "CAP": ("/?p=13", None, None),
    }
    assert (found.read, found.merged, found.ignored) == (5, 1, {"grouped": 1})


@pytest.mark.parametrize(
    "key, ids",
    [("variant", ["11", "12", "13"]), ("product", ["10", "13"]), ("sku", ["HOOD-R", "HOOD-B", "CAP"])],
)
def test_which_id_names_a_product(tmp_path: Path, key: ProductKey, ids: list[str]) -> None:
    assert list(told(read(tmp_path, EXPORT, key), c.TITLE)) == ids


def test_variations_together(tmp_path: Path) -> None:
    found = read(tmp_path, EXPORT, "product")
    assert told(found, c.TITLE, c.PRICE, c.IN_STOCK, c.IMAGE_URL)["10"] == (
        "Hoodie",
        40.0,
        True,
        "https://shop/h.jpg",
    )


def test_a_variable_product_without_its_variations_stands_for_itself(tmp_path: Path) -> None:
    found = read(tmp_path, simple(Type="variable"))
    assert told(found, c.TITLE) == {"T": "Tea"}


@pytest.mark.parametrize(
    "cells, in_stock",
    [
        ({}, None),
        ({"In_stock?": "1"}, True),
        ({"In_stock?": "0"}, False),
        ({"In_stock?": "backorder"}, True),
        ({"In_stock?": "0", "Backorders_allowed?": "notify"}, True),
        ({"In_stock?": "0", "Backorders_allowed?": "0"}, False),
        ({"In_stock?": "1", "Published": "-1"}, False),
        ({"In_stock?": "1", "Published": "0"}, False),
        ({"In_stock?": "1", "Visibility_in_catalog": "hidden"}, False),
        ({"In_stock?": "1", "Visibility_in_catalog": "search"}, True),
    ],
)
def test_what_can_be_ordered(tmp_path: Path, cells: dict[str, str], in_stock: bool | None) -> None:
    assert told(read(tmp_path, simple(**cells)), c.IN_STOCK) == {"T": in_stock}


def test_what_the_exporter_keeps_from_being_a_formula(tmp_path: Path) -> None:
    found = read(tmp_path, simple(SKU="'-T", Name="'+Tea"))
    assert told(found, c.TITLE) == {"-T": "+Tea"}


@pytest.mark.parametrize("parent", ["", "GONE"])
def test_a_variation_without_its_parent_stands_for_itself(tmp_path: Path, parent: str) -> None:
    found = read(tmp_path, simple(Type="variation", Name="Tea - Green", Parent=parent))
    assert told(found, c.TITLE, c.PRICE) == {"T": ("Tea - Green", 4.0)}


def test_a_draft_takes_its_variations_along(tmp_path: Path) -> None:
    found = read(tmp_path, EXPORT.replace("HOOD,Hoodie,1,", "HOOD,Hoodie,-1,"))
    assert told(found, c.IN_STOCK) == {"HOOD-R": False, "HOOD-B": False, "CAP": True}


@pytest.mark.parametrize(
    "starts, ends, price",
    [
        ("", "", 3.0),
        ("2026-05-01", "", 3.0),
        ("2026-05-04", "", 4.0),
        ("", "2026-05-03", 3.0),
        ("", "2026-05-02", 4.0),
        ("2026-05-01 00:00:00", "2026-05-03 11:00:00", 4.0),
    ],
)
def test_a_sale_has_its_time(tmp_path: Path, starts: str, ends: str, price: float) -> None:
    export = simple(Sale_price="3", Date_sale_price_starts=starts, Date_sale_price_ends=ends)
    assert told(read(tmp_path, export, now=NOON_OF_MAY_3), c.PRICE) == {"T": price}


HOODIE: dict[str, Any] = {
    "id": 10,
    "name": "Hoodie &amp; hat",
    "permalink": "https://shop.example/product/hoodie/",
    "date_created_gmt": "2026-01-02T10:00:00",
    "type": "variable",
    "status": "publish",
    "catalog_visibility": "visible",
    "sku": "HOOD",
    "price": "40",
    "regular_price": "",
    "stock_status": "instock",
    "backorders_allowed": False,
    "parent_id": 0,
    "categories": [{"id": 1, "name": "Uncategorized"}, {"id": 9, "name": "Hoodies"}],
    "tags": [{"id": 34, "name": "warm"}, {"id": 35, "name": "soft"}],
    "brands": [{"id": 5, "name": "Mara"}],
    "images": [{"id": 792, "src": "https://shop.example/h.jpg"}],
    "attributes": [{"id": 6, "name": "Colour", "variation": True, "options": ["Red", "Blue"]}],
    "variations": [11, 12],
}
RED: dict[str, Any] = {
    "id": 11,
    "permalink": "https://shop.example/product/hoodie/?attribute_pa_colour=red",
    "date_created_gmt": "2026-01-02T10:00:00",
    "sku": "HOOD-R",
    "price": "40",
    "regular_price": "45",
    "status": "publish",
    "stock_status": "outofstock",
    "backorders_allowed": False,
    "image": {"id": 425, "src": "https://shop.example/red.jpg"},
    "attributes": [{"id": 6, "name": "Colour", "option": "Red"}],
    "parent_id": 10,
}
BLUE = RED | {"id": 12, "sku": "", "price": "45", "stock_status": "onbackorder", "image": None}
BLUE |= {"attributes": [{"id": 6, "name": "Colour", "option": "Blue"}]}


@pytest.mark.parametrize(
    "key, expected",
    [
        ("sku", {"HOOD-R": ("Hoodie & hat – Red", 40.0, False), "12": ("Hoodie & hat – Blue", 45.0, True)}),
        ("variant", {"11": ("Hoodie & hat – Red", 40.0, False), "12": ("Hoodie & hat – Blue", 45.0, True)}),
        ("product", {"10": ("Hoodie & hat", 40.0, True)}),
    ],
)
def test_products_and_variations_of_the_api(
    tmp_path: Path, key: ProductKey, expected: dict[str, Any]
) -> None:
    found = read(tmp_path, as_json(HOODIE, RED, BLUE), key)
    assert told(found, c.TITLE, c.PRICE, c.IN_STOCK) == expected
    assert set(found.rows.select(c.BRAND, c.CATEGORY, c.TAGS).rows()) == {("Mara", "Hoodies", "warm,soft")}


def test_variations_may_come_in_a_file_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text(as_json(RED, BLUE))
    (tmp_path / "2.json").write_text(as_json(HOODIE))
    found = read_catalog([str(tmp_path / "*.json")], keys=IdKeys("variant"))
    assert told(found, c.TITLE, c.IMAGE_URL) == {
        "11": ("Hoodie & hat – Red", "https://shop.example/red.jpg"),
        "12": ("Hoodie & hat – Blue", "https://shop.example/h.jpg"),
    }


@pytest.mark.parametrize(
    "change", [{"status": "draft"}, {"status": "private"}, {"catalog_visibility": "hidden"}]
)
def test_what_is_not_published_cannot_be_ordered(tmp_path: Path, change: dict[str, Any]) -> None:
    assert told(read(tmp_path, as_json(HOODIE | change)), c.IN_STOCK) == {"HOOD": False}


def test_a_product_of_another_make_is_malformed(tmp_path: Path) -> None:
    found = read(tmp_path, as_json(HOODIE, {"id": 7}, HOODIE | {"id": 8, "tags": "warm"}))
    assert found.quarantine.counts() == {"malformed_product": 2}
    assert (found.read, found.rows.height) == (3, 1)


@needs_shared
@pytest.mark.parametrize("key, products", [("sku", 21), ("variant", 21), ("product", 14)])
def test_public_sample(key: ProductKey, products: int) -> None:
    sample = SHARED / "data/platforms/woocommerce/sample_products.csv"
    found = read_catalog([str(sample)], keys=IdKeys(key))
    assert (found.read, found.rows.height, found.ignored) == (24, products, {"grouped": 1})
    assert found.rows.select(c.TITLE, c.PRICE, c.CATEGORY, c.IMAGE_URL).null_count().row(0) == (0, 0, 0, 0)
