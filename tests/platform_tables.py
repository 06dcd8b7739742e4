"""Orders in a shop's own tables: WooCommerce's and Magento's, as their installations make and fill them.

Only the columns that orders need. What is put in are the documents of the platforms' REST APIs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.databases import Database, insert
from tests.shop_orders import Record

WOOCOMMERCE_SCHEMA = """
DROP TABLE IF EXISTS {prefix}wc_orders, {prefix}woocommerce_order_items;
DROP TABLE IF EXISTS {prefix}woocommerce_order_itemmeta, {prefix}wc_product_meta_lookup;
CREATE TABLE {prefix}wc_orders (
    id BIGINT UNSIGNED PRIMARY KEY,
    status VARCHAR(20),
    currency VARCHAR(10),
    type VARCHAR(20),
    total_amount DECIMAL(26,8),
    customer_id BIGINT UNSIGNED,
    billing_email VARCHAR(320),
    date_created_gmt DATETIME,
    date_updated_gmt DATETIME,
    parent_order_id BIGINT UNSIGNED,
    KEY (parent_order_id)
);
CREATE TABLE {prefix}woocommerce_order_items (
    order_item_id BIGINT UNSIGNED PRIMARY KEY,
    order_item_name TEXT NOT NULL,
    order_item_type VARCHAR(200) NOT NULL,
    order_id BIGINT UNSIGNED NOT NULL,
    KEY (order_id)
);
CREATE TABLE {prefix}woocommerce_order_itemmeta (
    meta_id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
    order_item_id BIGINT UNSIGNED NOT NULL,
    meta_key VARCHAR(255),
    meta_value LONGTEXT,
    KEY (order_item_id)
);
CREATE TABLE {prefix}wc_product_meta_lookup (product_id BIGINT PRIMARY KEY, sku VARCHAR(100));
"""

MAGENTO_SCHEMA = """
DROP TABLE IF EXISTS {prefix}sales_order, {prefix}sales_order_item;
SET time_zone = '+00:00';
CREATE TABLE {prefix}sales_order (
    entity_id INT UNSIGNED PRIMARY KEY,
    increment_id VARCHAR(50),
    state VARCHAR(32),
    status VARCHAR(32),
    customer_id INT UNSIGNED,
    customer_is_guest SMALLINT UNSIGNED,
    customer_email VARCHAR(128),
    order_currency_code VARCHAR(3),
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE {prefix}sales_order_item (
    item_id INT UNSIGNED PRIMARY KEY,
    order_id INT UNSIGNED NOT NULL,
    parent_item_id INT UNSIGNED,
    product_id INT UNSIGNED,
    product_type VARCHAR(255),
    sku VARCHAR(255),
    name VARCHAR(255),
    price DECIMAL(12,4) NOT NULL DEFAULT 0,
    discount_amount DECIMAL(20,4) DEFAULT 0,
    qty_ordered DECIMAL(12,4) DEFAULT 0,
    qty_refunded DECIMAL(12,4) DEFAULT 0,
    qty_canceled DECIMAL(12,4) DEFAULT 0,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    KEY (order_id)
);
"""

REFUND_IDS = 1_000_000
"""Added to an order's id: refunds are numbered along with orders."""


def woocommerce_tables(orders: Sequence[Record], database: Database, prefix: str = "wp_") -> None:
    """Fill the tables of High-Performance Order Storage from documents of `GET /wc/v3/orders`."""
    heads = [_order(order) for order in orders]
    items = [(order["id"], item) for order in orders for item in order["line_items"]]
    for order in orders:
        for at, refund in enumerate(order["refunds"]):
            number = REFUND_IDS * (at + 1) + order["id"]
            heads.append(_refund(number, order, refund))
            items += [(number, item) for item in refund["line_items"]]
    lines = [
        _item(number, at, "line_item", item.get("name", "")) for at, (number, item) in enumerate(items, 1)
    ]
    shipping = [_item(order["id"], 500_000 + at, "shipping", "Parcel") for at, order in enumerate(orders)]
    numbers = {item["id"]: at for at, (_, item) in enumerate(items, 1) if "id" in item}
    meta = [row for at, (_, item) in enumerate(items, 1) for row in _meta(at, item, numbers)]
    skus = {item.get("variation_id") or item["product_id"]: item["sku"] for _, item in items if "sku" in item}
    products = [{"product_id": product, "sku": sku} for product, sku in skus.items()]
    _fill(
        database,
        WOOCOMMERCE_SCHEMA.format(prefix=prefix),
        {
            f"{prefix}wc_orders": heads,
            f"{prefix}woocommerce_order_items": lines + shipping,
            f"{prefix}woocommerce_order_itemmeta": meta,
            f"{prefix}wc_product_meta_lookup": products,
        },
    )


def magento_tables(orders: Sequence[Record], database: Database, prefix: str = "") -> None:
    """Fill `sales_order` and `sales_order_item` from documents of `GET /V1/orders`."""
    heads = [{name: value for name, value in order.items() if name != "items"} for order in orders]
    items = [
        {"parent_item_id": None, **item, "order_id": order["entity_id"]}
        for order in orders
        for item in order["items"]
    ]
    tables = {f"{prefix}sales_order": heads, f"{prefix}sales_order_item": items}
    _fill(database, MAGENTO_SCHEMA.format(prefix=prefix), tables)


def _fill(database: Database, schema: str, tables: dict[str, list[Record]]) -> None:
    database.execute(schema + "".join(insert(table, rows) for table, rows in tables.items() if rows))


def _order(order: Record) -> Record:
    return {
        "id": order["id"],
        "status": f"wc-{order['status']}",
        "currency": order["currency"],
        "type": "shop_order",
        "customer_id": order["customer_id"],
        "billing_email": order["billing"]["email"],
        "date_created_gmt": order["date_created_gmt"],
        "date_updated_gmt": order["date_modified_gmt"],
        "parent_order_id": 0,
    }


def _refund(number: int, order: Record, refund: Record) -> Record:
    return _order(order) | {
        "id": number,
        "status": "wc-completed",
        "type": "shop_order_refund",
        "customer_id": None,
        "billing_email": None,
        "date_created_gmt": refund["date_created_gmt"],
        "date_updated_gmt": refund["date_created_gmt"],
        "parent_order_id": order["id"],
    }


def _item(order_id: int, item_id: int, kind: str, name: str) -> Record:
    return {"order_item_id": item_id, "order_item_name": name, "order_item_type": kind, "order_id": order_id}


def _meta(item_id: int, item: Record, numbers: dict[int, int]) -> Iterable[Record]:
    values = {
        "_product_id": item.get("product_id"),
        "_variation_id": item.get("variation_id"),
        "_qty": item["quantity"],
        "_line_total": item.get("total"),
        "_tax_class": "",
        **{one["key"]: one["value"] for one in item["meta_data"]},
    }
    if "_refunded_item_id" in values:
        values["_refunded_item_id"] = numbers[int(values["_refunded_item_id"])]
    for key, value in values.items():
        if value is not None:
            yield {"order_item_id": item_id, "meta_key": key, "meta_value": str(value)}
