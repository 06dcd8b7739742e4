"""Products of Shopify, after "Using CSV files to import and export products" and the Admin REST reference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import text_file
from tests.needs import SHARED, needs_shared
from tests.training.catalogs import as_json, read, told
from training import columns as c
from training.catalog import read_catalog
from training.connectors.platform_lines import IdKeys, ProductKey
from training.errors import UsageError

EXPORT = """\
Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,\
Option2 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,\
Variant Price,Image Src,Image Position,Gift Card,Variant Image,Status
shirt,Salt &amp; Sea Shirt,"<p>Linen, ""light""</p>",Mara,Apparel > Tops,Shirts,"linen, summer",true,Size,S,\
Colour,Blue,SH-S,shopify,0,deny,30.00,https://cdn.example/1.jpg,1,false,,active
shirt,,,,,,,,,M,,Blue,SH-M,shopify,4,deny,32.50,https://cdn.example/2.jpg,2,,https://cdn.example/m.jpg,
shirt,,,,,,,,,,,,,,,,,https://cdn.example/3.jpg,3,,,
mug,Mug,,Mara,Home > Kitchen,,,true,Title,Default Title,,,MUG,,,deny,8.00,,,false,,active
"""


def product(**cells: str) -> str:
    """An export of one product; `cells` by the names of columns, with underscores."""
    row = {"Handle": "tea", "Title": "Tea", "Option1_Value": "Default Title", "Variant_SKU": "T"} | cells
    row = {"Variant_Price": "3.50"} | row
    return ",".join(name.replace("_", " ") for name in row) + "\n" + ",".join(row.values()) + "\n"


def test_each_variant_is_a_product_and_has_what_only_the_first_row_tells(tmp_path: Path) -> None:
    found = read(tmp_path, EXPORT)
    assert told(found, c.TITLE, c.BRAND, c.CATEGORY, c.TAGS, c.PRICE, c.URL) == {
        "SH-S": ("Salt & Sea Shirt – S / Blue", "Mara", "Shirts", "linen, summer", 30.0, "/products/shirt"),
        "SH-M": ("Salt & Sea Shirt – M / Blue", "Mara", "Shirts", "linen, summer", 32.5, "/products/shirt"),
        "MUG": ("Mug", "Mara", "Home > Kitchen", None, 8.0, "/products/mug"),
    }
    assert told(found, c.IMAGE_URL) == {
        "SH-S": "https://cdn.example/1.jpg",
        "SH-M": "https://cdn.example/m.jpg",
        "MUG": None,
    }
    assert (found.read, found.merged, found.ignored, len(found.quarantine)) == (4, 1, {}, 0)


def test_variants_together(tmp_path: Path) -> None:
    found = read(tmp_path, EXPORT, "product")
    assert told(found, c.TITLE, c.PRICE, c.IN_STOCK, c.IMAGE_URL) == {
        "shirt": ("Salt & Sea Shirt", 30.0, True, "https://cdn.example/1.jpg"),
        "mug": ("Mug", 8.0, True, None),
    }
    assert (found.read, found.merged) == (4, 2)


def test_the_names_of_columns_since_2025(tmp_path: Path) -> None:
    rows = (
        "Title,URL handle,Vendor,Product category,Type,Tags,Published on online store,Status,SKU,"
        "Option1 name,Option1 value,Price,Inventory tracker,Inventory quantity,"
        "Continue selling when out of stock,Product image URL,Variant image URL,Gift card",
        "Shirt,shirt,Mara,,Shirts,linen,TRUE,Active,SH-S,Size,S,30.00,shopify,0,CONTINUE,,,FALSE",
        ",shirt,,,,,,,SH-M,,M,32.50,shopify,0,DENY,,,",
    )
    found = read(tmp_path, "\n".join(rows))
    assert told(found, c.TITLE, c.IN_STOCK, c.URL) == {
        "SH-S": ("Shirt – S", True, "/products/shirt"),
        "SH-M": ("Shirt – M", False, "/products/shirt"),
    }


@pytest.mark.parametrize(
    "cells, in_stock",
    [
        ({}, True),
        ({"Variant_Inventory_Tracker": "shopify", "Variant_Inventory_Qty": "3"}, True),
        ({"Variant_Inventory_Tracker": "shopify", "Variant_Inventory_Qty": "0"}, False),
        ({"Variant_Inventory_Tracker": "shopify", "Variant_Inventory_Qty": "-2"}, False),
        ({"Variant_Inventory_Tracker": "", "Variant_Inventory_Qty": "0"}, True),
        (
            {
                "Variant_Inventory_Tracker": "shopify",
                "Variant_Inventory_Qty": "0",
                "Variant_Inventory_Policy": "continue",
            },
            True,
        ),
        ({"Variant_Inventory_Tracker": "shopify"}, None),
        ({"Published": "false"}, False),
        ({"Published": "true", "Status": "active"}, True),
        ({"Published": "true", "Status": "draft"}, False),
        ({"Published": "true", "Status": "archived"}, False),
    ],
)
def test_what_can_be_ordered(tmp_path: Path, cells: dict[str, str], in_stock: bool | None) -> None:
    assert told(read(tmp_path, product(**cells)), c.IN_STOCK) == {"T": in_stock}


def test_gift_cards_are_ignored(tmp_path: Path) -> None:
    found = read(tmp_path, product(Gift_Card="true"))
    assert (found.rows.height, found.ignored, found.read) == (0, {"gift_card": 1}, 1)


def test_without_an_sku_the_name_stands_in_as_in_the_export_of_orders(tmp_path: Path) -> None:
    found = read(tmp_path, product(Variant_SKU="", Option1_Value="Green"))
    assert told(found, c.TITLE) == {"Tea - Green": "Tea – Green"}


def test_the_export_has_no_ids_of_variants(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match="products: this export of shopify holds no ids of variants; use --pro"
    ):
        read(tmp_path, product(), "variant")


SHIRT: dict[str, Any] = {
    "id": 632910392,
    "title": "Shirt",
    "body_html": "<p>Linen</p>",
    "vendor": "Mara",
    "product_type": "Shirts",
    "handle": "shirt",
    "published_at": "2026-01-02T10:00:00+01:00",
    "status": "active",
    "tags": "linen, summer",
    "variants": [
        {
            "id": 808950810,
            "product_id": 632910392,
            "title": "Pink",
            "price": "199.00",
            "sku": "SH-PINK",
            "inventory_policy": "deny",
            "inventory_management": "shopify",
            "inventory_quantity": 0,
            "image_id": 562641783,
        },
        {
            "id": 49148385,
            "product_id": 632910392,
            "title": "Red",
            "price": "189.00",
            "sku": "",
            "inventory_policy": "deny",
            "inventory_management": "shopify",
            "inventory_quantity": 20,
            "image_id": None,
        },
    ],
    "images": [
        {"id": 850703190, "position": 1, "src": "https://cdn.example/front.png"},
        {"id": 562641783, "position": 2, "src": "https://cdn.example/pink.png"},
    ],
    "image": {"id": 850703190, "position": 1, "src": "https://cdn.example/front.png"},
}


@pytest.mark.parametrize(
    "key, expected",
    [
        ("sku", {"SH-PINK": ("Shirt – Pink", 199.0, False), "49148385": ("Shirt – Red", 189.0, True)}),
        ("variant", {"808950810": ("Shirt – Pink", 199.0, False), "49148385": ("Shirt – Red", 189.0, True)}),
        ("product", {"632910392": ("Shirt", 189.0, True)}),
    ],
)
def test_products_of_the_api(tmp_path: Path, key: ProductKey, expected: dict[str, Any]) -> None:
    found = read(tmp_path, as_json(SHIRT), key)
    assert told(found, c.TITLE, c.PRICE, c.IN_STOCK) == expected
    assert (found.read, found.read - found.merged) == (3, len(expected))


def test_what_the_api_tells_beside(tmp_path: Path) -> None:
    found = read(tmp_path, as_json(SHIRT), "variant")
    assert told(found, c.URL, c.IMAGE_URL) == {
        "808950810": ("/products/shirt?variant=808950810", "https://cdn.example/pink.png"),
        "49148385": ("/products/shirt?variant=49148385", "https://cdn.example/front.png"),
    }
    assert found.rows[c.AVAILABLE_FROM].dt.strftime("%H:%M").to_list() == ["09:00", "09:00"]
    assert found.rows.select(c.BRAND, c.CATEGORY, c.TAGS).unique().rows() == [
        ("Mara", "Shirts", "linen, summer")
    ]
    together = read(tmp_path, as_json(SHIRT), "product")
    assert told(together, c.URL, c.IMAGE_URL) == {
        "632910392": ("/products/shirt", "https://cdn.example/front.png")
    }


def test_the_products_that_a_shop_shows_to_everybody(tmp_path: Path) -> None:
    """`/products.json` of the shop itself tells what is available, and no quantity."""
    tea: dict[str, Any] = {"id": 1, "title": "Tea", "handle": "tea", "tags": ["green", "loose"]}
    tea["variants"] = [
        {"id": 2, "title": "100 g", "sku": "T-100", "price": "3.50", "available": False},
        {"id": 3, "title": "250 g", "sku": "T-250", "price": "7.50", "available": True},
    ]
    found = read(tmp_path, as_json({"products": [tea]})[1:-1])
    assert told(found, c.IN_STOCK, c.TAGS) == {
        "T-100": (False, "green,loose"),
        "T-250": (True, "green,loose"),
    }


@pytest.mark.parametrize("change", [{"status": "draft"}, {"status": "archived"}, {"published_at": None}])
def test_what_is_not_published_cannot_be_ordered(tmp_path: Path, change: dict[str, Any]) -> None:
    found = read(tmp_path, as_json(SHIRT | change), "product")
    assert told(found, c.IN_STOCK) == {"632910392": False}


def test_an_envelope_and_a_malformed_product(tmp_path: Path) -> None:
    broken = SHIRT | {"id": 7, "variants": ["?"]}
    found = read(tmp_path, as_json({"products": [SHIRT, broken]})[1:-1], "product")
    assert list(told(found, c.TITLE)) == ["632910392"]
    assert found.quarantine.counts() == {"malformed_product": 1}


@pytest.mark.parametrize("page", ['{"products": []}', "[]"])
def test_the_empty_page_after_the_last_one_adds_nothing(tmp_path: Path, page: str) -> None:
    pages = [text_file(tmp_path, as_json(SHIRT), "1.json"), text_file(tmp_path, page, "2.json")]
    assert (read_catalog(pages).read, read_catalog(pages[1:]).read) == (3, 0)


VARIANTS = {"variants": [variant | {"product_id": None} for variant in SHIRT["variants"]]}


def test_variants_alone_have_their_own_title(tmp_path: Path) -> None:
    found = read(tmp_path, json.dumps(VARIANTS))
    assert told(found, c.TITLE, c.PRICE, c.IN_STOCK) == {
        "SH-PINK": ("Pink", 199.0, False),
        "49148385": ("Red", 189.0, True),
    }
    assert (found.read, found.merged, len(found.quarantine)) == (2, 0, 0)


def test_variants_alone_lack_the_id_of_their_product(tmp_path: Path) -> None:
    found = read(tmp_path, json.dumps(VARIANTS), "product")
    assert found.quarantine.counts() == {"product_id_missing": 2}


def test_variants_that_name_their_product_have_what_another_file_tells_of_it(tmp_path: Path) -> None:
    variants = text_file(tmp_path, json.dumps({"variants": SHIRT["variants"]}), "variants.json")
    products = text_file(tmp_path, as_json(SHIRT | {"variants": []}), "products.json")
    assert told(read_catalog([variants, products]), c.TITLE, c.BRAND) == {
        "SH-PINK": ("Shirt – Pink", "Mara"),
        "49148385": ("Shirt – Red", "Mara"),
    }


@needs_shared
@pytest.mark.parametrize(
    "name, key, rows, products",
    [
        ("apparel.csv", "sku", 22, 22),
        ("apparel.csv", "product", 22, 20),
        ("home-and-garden.csv", "product", 21, 20),
        ("admin_rest_products.json", "product", 8, 4),
        ("admin_rest_product.json", "variant", 5, 4),
        ("admin_rest_variants.json", "sku", 4, 4),
        ("admin_rest_variants.json", "variant", 4, 4),
    ],
)
def test_public_samples(name: str, key: ProductKey, rows: int, products: int) -> None:
    found = read_catalog([str(SHARED / "data/platforms/shopify" / name)], keys=IdKeys(key))
    assert (found.read, found.rows.height, len(found.quarantine)) == (rows, products, 0)
    assert found.rows[c.TITLE].null_count() == found.rows[c.PRICE].null_count() == 0
