"""WooCommerce's orders in its own tables (High-Performance Order Storage), as its REST API would write them.

A refund is an order of its own kind, with lines of its own that name the lines they give back.
https://developer.woocommerce.com/docs/features/high-performance-order-storage/
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter

from training.connectors import woocommerce_json
from training.connectors.document_layout import Json

LAYOUT = woocommerce_json

TABLE_PREFIX = "wp_"

ORDER_KEY = "id"

MEMBERS = {
    "product_id": "_product_id",
    "variation_id": "_variation_id",
    "quantity": "_qty",
    "total": "_line_total",
}
"""Member of a line in the API → its key in the tables' meta data."""

META_KEYS = (
    *MEMBERS.values(),
    woocommerce_json.REFUNDED_ITEM,
    *(f"_{name}" for name in woocommerce_json.PART_OF),
)
"""What is wanted of a line's meta data: a shop may have tens of rows of it for each line."""


def query(prefix: str) -> str:
    """A row for each wanted piece of meta data of each line, those of one order together; all are text."""
    keys = ", ".join(f"'{key}'" for key in META_KEYS)
    return f"""
SELECT
    CAST(sale.id AS CHAR) AS id,
    CAST(sale.status AS CHAR) AS status,
    CAST(sale.currency AS CHAR) AS currency,
    CAST(sale.customer_id AS CHAR) AS customer_id,
    CAST(sale.billing_email AS CHAR) AS billing_email,
    CAST(sale.date_created_gmt AS CHAR) AS date_created_gmt,
    CAST(sale.date_updated_gmt AS CHAR) AS date_modified_gmt,
    CAST(document.id AS CHAR) AS document_id,
    CAST(document.date_created_gmt AS CHAR) AS document_date,
    CAST(item.order_item_id AS CHAR) AS item_id,
    CAST(item.order_item_name AS CHAR) AS name,
    CAST(meta.meta_key AS CHAR) AS meta_key,
    CAST(meta.meta_value AS CHAR) AS meta_value,
    CAST(product.sku AS CHAR) AS sku
FROM {prefix}wc_orders AS document
JOIN {prefix}wc_orders AS sale
    ON sale.id = IF(document.type = 'shop_order_refund', document.parent_order_id, document.id)
    AND sale.type = 'shop_order'
LEFT JOIN {prefix}woocommerce_order_items AS item
    ON item.order_id = document.id AND item.order_item_type = 'line_item'
LEFT JOIN {prefix}woocommerce_order_itemmeta AS meta
    ON meta.order_item_id = item.order_item_id
    AND (meta.meta_key IN ({keys}) OR meta.meta_key LIKE '{woocommerce_json.GIFT_CARD}%')
LEFT JOIN {prefix}wc_product_meta_lookup AS product
    ON meta.meta_key IN ('_product_id', '_variation_id')
    AND product.product_id = CAST(meta.meta_value AS UNSIGNED)
ORDER BY sale.id, document.id, item.order_item_id"""


def document(rows: Sequence[Json]) -> Json:
    """One order, with its refunds in full, from its rows."""
    order = rows[0]
    lines = {number: list(parts) for number, parts in groupby(rows, key=itemgetter("document_id"))}
    return {
        **{name: order[name] for name in ("id", "status", "currency", "customer_id")},
        **{name: order[name] for name in ("date_created_gmt", "date_modified_gmt")},
        "billing": {"email": order["billing_email"]},
        "line_items": _items(lines.pop(order["id"])),
        "refunds": [
            {"id": number, "date_created_gmt": parts[0]["document_date"], "line_items": _items(parts)}
            for number, parts in lines.items()
        ],
    }


def _items(rows: Iterable[Json]) -> list[Json]:
    by_item = groupby((row for row in rows if row["item_id"] is not None), key=itemgetter("item_id"))
    return [_item(list(parts)) for _, parts in by_item]


def _item(rows: Sequence[Json]) -> Json:
    meta = {row["meta_key"]: row["meta_value"] for row in rows if row["meta_key"] is not None}
    skus = {row["meta_key"]: row["sku"] for row in rows}
    return {
        "id": rows[0]["item_id"],
        "name": rows[0]["name"],
        "sku": skus.get("_variation_id") or skus.get("_product_id"),
        **{name: meta.pop(key, None) for name, key in MEMBERS.items()},
        "meta_data": [{"key": key, "value": value} for key, value in meta.items()],
    }
