"""The same orders as each platform writes them, in the least that its documentation asks for.

    path = WRITERS["shopify_rest"](orders, folder)      # orders: Sequence[ShopOrder], folder: Path → str

`WRITERS` has a writer for each format that knows customers. Formats that have no id of a customer (the
canonical ones, Shopify's CSV) are alike to the others under `--customer-key email`: the canonical writers
put the hash of the address into `customer_id`. `shopify_csv` cannot say which line of an order came back:
give it lines with `returned=0`. `woocommerce_report` stands outside: in it every order is a guest's, and
products have names only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from tests.pulled_orders import pulled
from tests.shop_orders import (
    Record,
    ShopOrder,
    customer_hash,
    iso,
    item_id,
    json_file,
    json_lines,
    naive,
    table,
)
from tests.shopify_writers import SHOPIFY_STATUS, shopify_bulk, shopify_csv, shopify_order, shopify_rest
from training import columns as c
from training.connectors import magento_json, shopify_json, woocommerce_json

Writer = Callable[[Sequence[ShopOrder], Path], str]


def canonical_rows(orders: Sequence[ShopOrder]) -> list[Record]:
    """A row for each line, and one for what came back of it."""
    rows: list[Record] = []
    for order in orders:
        for line in order.lines:
            sold: Record = {
                c.ORDER_ID: str(order.number),
                c.CUSTOMER_ID: customer_hash(order.email),
                c.PRODUCT_ID: line.sku,
                c.QUANTITY: line.quantity,
                c.UNIT_PRICE: float(line.price),
                c.ORDERED_AT: iso(order.ordered_at),
                c.STATUS: order.status,
                c.CURRENCY: order.currency,
                c.TITLE: line.title,
            }
            rows.append(sold)
            if line.returned:
                rows.append(sold | {c.QUANTITY: -line.returned, c.ORDERED_AT: iso(order.changed_at)})
    return rows


def canonical_csv(orders: Sequence[ShopOrder], folder: Path) -> str:
    return table(canonical_rows(orders), folder / "canonical.csv", ",")


def canonical_tsv(orders: Sequence[ShopOrder], folder: Path) -> str:
    return table(canonical_rows(orders), folder / "canonical.tsv", "\t")


def canonical_jsonl(orders: Sequence[ShopOrder], folder: Path) -> str:
    return json_lines(canonical_rows(orders), folder / "canonical.jsonl")


def canonical_parquet(orders: Sequence[ShopOrder], folder: Path) -> str:
    path = folder / "canonical.parquet"
    pl.DataFrame(canonical_rows(orders), infer_schema_length=None).write_parquet(path)
    return str(path)


WOOCOMMERCE_STATUS = {**SHOPIFY_STATUS, "completed": "processing", "cancelled": "cancelled"}


def woocommerce_order(order: ShopOrder) -> Record:
    """An order of the REST API v3, its refunds in full."""
    is_refunded = order.status == "refunded"
    returned = [
        {
            "quantity": -units,
            "meta_data": [{"key": "_refunded_item_id", "value": str(item_id(order, at))}],
        }
        for at, line in enumerate(order.lines)
        if (units := 0 if is_refunded else line.returned)
    ]
    refund = {"id": 1, "date_created_gmt": naive(order.changed_at), "line_items": returned}
    return {
        "id": order.number,
        "status": WOOCOMMERCE_STATUS[order.status],
        "currency": order.currency,
        "date_created_gmt": naive(order.ordered_at),
        "date_modified_gmt": naive(order.changed_at),
        "customer_id": order.customer or 0,
        "billing": {"email": order.email or ""},
        "line_items": [_woocommerce_item(order, at) for at in range(len(order.lines))],
        "refunds": [refund] if returned or is_refunded else [],
    }


def _woocommerce_item(order: ShopOrder, at: int) -> Record:
    line = order.lines[at]
    return {
        "id": item_id(order, at),
        "name": line.title,
        "product_id": line.product,
        "variation_id": line.variant or 0,
        "quantity": line.quantity,
        "total": f"{float(line.price) * line.quantity:.2f}",
        "sku": line.sku,
        "price": float(line.price),
        "meta_data": [],
    }


def woocommerce_rest(orders: Sequence[ShopOrder], folder: Path) -> str:
    """A page of `GET /wp-json/wc/v3/orders`."""
    return json_file([woocommerce_order(order) for order in orders], folder / "woocommerce.json")


def woocommerce_report(orders: Sequence[ShopOrder], folder: Path) -> str:
    """The report Analytics > Orders as CSV."""
    rows = [
        {
            "Date": naive(order.ordered_at).replace("T", " "),
            "Order #": order.number,
            "N. Revenue (formatted)": "",
            "Status": WOOCOMMERCE_STATUS[order.status],
            "Customer": "Ann Lee",
            "Customer type": "new",
            "Product(s)": ", ".join(f"{line.quantity}× {line.title}" for line in order.lines),
            "Items sold": sum(line.quantity for line in order.lines),
            "Coupon(s)": "",
            "Net Sales": sum(float(line.price) * line.quantity for line in order.lines),
            "Attribution": "Direct",
        }
        for order in orders
    ]
    return table(rows, folder / "woocommerce_report.csv", ",")


MAGENTO_STATE = {"completed": "complete", "pending": "new", "cancelled": "canceled", "refunded": "closed"}


def magento_order(order: ShopOrder) -> Record:
    """An order of `GET /V1/orders`; a line with a variant is a configurable item and its simple child."""
    return {
        "entity_id": order.number,
        "increment_id": f"{order.number:09}",
        "state": MAGENTO_STATE[order.status],
        "created_at": naive(order.ordered_at).replace("T", " "),
        "updated_at": naive(order.changed_at).replace("T", " "),
        "customer_id": order.customer,
        "customer_is_guest": int(order.customer is None),
        "customer_email": order.email,
        "order_currency_code": order.currency,
        "items": [item for at in range(len(order.lines)) for item in _magento_items(order, at)],
    }


def _magento_items(order: ShopOrder, at: int) -> list[Record]:
    line = order.lines[at]
    item: Record = {
        "item_id": 2 * item_id(order, at),
        "name": line.title,
        "price": float(line.price),
        "product_id": line.product,
        "product_type": "simple" if line.variant is None else "configurable",
        "qty_ordered": line.quantity,
        "qty_refunded": line.quantity if order.status == "refunded" else line.returned,
        "qty_canceled": line.quantity if order.status == "cancelled" else 0,
        "sku": line.sku,
        "updated_at": naive(order.changed_at).replace("T", " "),
    }
    if line.variant is None:
        return [item]
    child = {
        **item,
        "item_id": item["item_id"] + 1,
        "parent_item_id": item["item_id"],
        "product_id": line.variant,
        "product_type": "simple",
        "price": 0,
    }
    return [item, child]


def magento_rest(orders: Sequence[ShopOrder], folder: Path) -> str:
    """A page of `GET /V1/orders`."""
    page = {"items": [magento_order(order) for order in orders], "total_count": len(orders)}
    return json_file(page, folder / "magento.json")


WRITERS: dict[str, Writer] = {
    "canonical_csv": canonical_csv,
    "canonical_tsv": canonical_tsv,
    "canonical_jsonl": canonical_jsonl,
    "canonical_parquet": canonical_parquet,
    "shopify_csv": shopify_csv,
    "shopify_rest": shopify_rest,
    "shopify_bulk": shopify_bulk,
    "woocommerce_rest": woocommerce_rest,
    "magento_rest": magento_rest,
    "pulled_shopify_rest": pulled(shopify_json, "id", "updated_at", shopify_order),
    "pulled_woocommerce_rest": pulled(woocommerce_json, "id", "date_modified_gmt", woocommerce_order),
    "pulled_magento_rest": pulled(magento_json, "entity_id", "updated_at", magento_order),
}
