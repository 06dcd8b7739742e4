"""Orders and catalogue of one platform speak of the same products, whichever id names them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import text_file
from training.catalog import read_catalog
from training.catalog_coverage import catalog_coverage
from training.cleaning import clean
from training.connectors.platform_lines import IdKeys, ProductKey
from training.interactions import Interactions
from training.reading import ReadingOptions, read_orders


def shopify_order(line: dict[str, Any]) -> str:
    return json.dumps(
        [
            {
                "id": 1,
                "created_at": "2026-01-05T10:00:00Z",
                "financial_status": "paid",
                "currency": "EUR",
                "customer": {"id": 7},
                "line_items": [{"id": 1, "quantity": 1, "price": "3.50", "title": "Tea"} | line],
            }
        ]
    )


def shopify_product(*skus: str | None) -> str:
    variants = [{"id": 20 + at, "title": f"{at}", "price": "3.50", "sku": sku} for at, sku in enumerate(skus)]
    return json.dumps([{"id": 10, "title": "Tea", "handle": "tea", "variants": variants}])


def woocommerce_order(product: int, variation: int, sku: str) -> str:
    line = {
        "id": 1,
        "product_id": product,
        "variation_id": variation,
        "sku": sku,
        "quantity": 1,
        "total": "3.50",
    }
    order = {"id": 1, "status": "completed", "currency": "EUR", "customer_id": 7, "line_items": [line]}
    return json.dumps([order | {"date_created_gmt": "2026-01-05T10:00:00", "billing": {"email": ""}}])


def woocommerce_product(id: int, sku: str, kind: str, parent: int = 0) -> dict[str, Any]:
    return {
        "id": id,
        "sku": sku,
        "type": kind,
        "name": "Tea",
        "parent_id": parent,
        "regular_price": "3.50",
        "stock_status": "instock",
    }


SHOPIFY_EXPORT = (
    "Name,Email,Financial Status,Currency,Created at,Lineitem quantity,Lineitem name,Lineitem price,"
    "Lineitem sku,Id\n"
    "#1,ann@example.com,paid,EUR,2026-01-05 10:00:00 +0000,1,{name},3.50,{sku},8001\n"
)
SHOPIFY_PRODUCTS = (
    "Handle,Title,Option1 Value,Variant SKU,Variant Price\n"
    "tea,Tea,Green,{green},3.50\ntea,,Black,{black},3.50\nmug,Mug,Default Title,{mug},8\n"
)
WOOCOMMERCE_PRODUCTS = (
    "ID,Type,SKU,Name,Regular price,Parent\n10,variable,T,Tea,,\n20,variation,T-G,Tea - Green,3.50,id:10\n"
)
MAGENTO_ORDER = json.dumps(
    {
        "items": [
            {
                "entity_id": 1,
                "state": "complete",
                "created_at": "2026-01-05 10:00:00",
                "customer_id": 7,
                "order_currency_code": "EUR",
                "items": [
                    {
                        "item_id": 1,
                        "product_type": "configurable",
                        "sku": "T-G",
                        "name": "Tea",
                        "product_id": 10,
                    }
                    | {"qty_ordered": 1, "price": 3.5},
                    {"item_id": 2, "parent_item_id": 1, "product_type": "simple", "sku": "T-G"}
                    | {"name": "Tea-Green", "product_id": 20, "qty_ordered": 1, "price": 0},
                ],
            }
        ],
        "total_count": 1,
    }
)
MAGENTO_PRODUCTS = (
    "sku,product_type,name,visibility,price,configurable_variations\n"
    "T-G,simple,Tea-Green,Not Visible Individually,3.50,\n"
    'T,configurable,Tea,"Catalog, Search",,"sku=T-G,colour=Green"\n'
)

VARIABLE = woocommerce_product(10, "T", "variable")
VARIATION = woocommerce_product(20, "T-G", "variation", parent=10)
NAMELESS = woocommerce_product(20, "T", "variation", parent=10)
SIMPLE = woocommerce_product(10, "T", "simple")
WITH_SKU: dict[str, Any] = {"product_id": 10, "variant_id": 20, "sku": "T-G"}

PAIRS: dict[str, tuple[str, str, tuple[ProductKey, ...]]] = {
    "shopify api": (shopify_order(WITH_SKU), shopify_product("T-G", "T-B"), ("sku", "variant", "product")),
    "shopify api without skus": (
        shopify_order(WITH_SKU | {"sku": ""}),
        shopify_product("", None),
        ("sku", "variant", "product"),
    ),
    "shopify csv": (
        SHOPIFY_EXPORT.format(name="Tea - Green", sku="T-G"),
        SHOPIFY_PRODUCTS.format(green="T-G", black="T-B", mug="M"),
        ("sku",),
    ),
    "shopify csv without skus": (
        SHOPIFY_EXPORT.format(name="Tea - Black", sku=""),
        SHOPIFY_PRODUCTS.format(green="", black="", mug=""),
        ("sku",),
    ),
    "shopify csv without choice and sku": (
        SHOPIFY_EXPORT.format(name="Mug", sku=""),
        SHOPIFY_PRODUCTS.format(green="", black="", mug=""),
        ("sku",),
    ),
    "woocommerce api": (
        woocommerce_order(10, 20, "T-G"),
        json.dumps([VARIABLE, VARIATION]),
        ("sku", "variant", "product"),
    ),
    "woocommerce api, the parent's sku": (
        woocommerce_order(10, 20, "T"),
        json.dumps([VARIABLE, NAMELESS]),
        ("sku", "variant", "product"),
    ),
    "woocommerce api, no variations": (
        woocommerce_order(10, 0, "T"),
        json.dumps([SIMPLE]),
        ("sku", "variant", "product"),
    ),
    "woocommerce csv": (
        woocommerce_order(10, 20, "T-G"),
        WOOCOMMERCE_PRODUCTS,
        ("sku", "variant", "product"),
    ),
    "magento": (MAGENTO_ORDER, MAGENTO_PRODUCTS, ("sku",)),
}


@pytest.mark.parametrize(
    "orders, products, key",
    [(orders, products, key) for orders, products, keys in PAIRS.values() for key in keys],
    ids=[f"{name} by {key}" for name, (_, _, keys) in PAIRS.items() for key in keys],
)
def test_what_was_sold_is_in_the_catalogue(
    tmp_path: Path, orders: str, products: str, key: ProductKey
) -> None:
    sold = clean(read_orders([text_file(tmp_path, orders, "orders")], ReadingOptions(keys=IdKeys(key))))
    listed = read_catalog([text_file(tmp_path, products, "products")], keys=IdKeys(key))
    found = catalog_coverage(listed, Interactions.from_lines(sold.lines))
    assert (found.sold, found.sold_not_listed_examples) == (1, ())
