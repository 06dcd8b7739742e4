"""WooCommerce's orders in its own tables (High-Performance Order Storage), as its REST API would write them.

A refund is an order of its own kind with lines of its own, which name the lines that they give back.
https://developer.woocommerce.com/docs/features/high-performance-order-storage/
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from training.connectors import woocommerce_json
from training.connectors.document_layout import Json

LAYOUT = woocommerce_json

TABLE_PREFIX = "wp_"

ORDER_KEY = "id"

META_KEYS = (woocommerce_json.REFUNDED_ITEM, *(f"_{name}" for name in woocommerce_json.PART_OF))
"""Meta data of a line that tells what kind of line it is."""


def query(prefix: str) -> str:
    """A row for each line of each order and refund, those of one order together; all cells are text.

    The meta data of lines come one by one, as a shop has tens of rows of it for each line.
    """
    meta = ",\n".join(f"{_meta(prefix, key)} AS `{key}`" for key in META_KEYS)
    gift_card = _first_meta(prefix, f"meta_key LIKE '{_like(woocommerce_json.GIFT_CARD)}%'", "meta_key")
    return f"""
SELECT
    CAST(sale.id AS CHAR) AS id,
    CAST(sale.status AS CHAR) AS status,
    CAST(sale.currency AS CHAR) AS currency,
    CAST(sale.customer_id AS CHAR) AS customer_id,
    CAST(sale.billing_email AS CHAR) AS billing_email,
    CAST(sale.date_created_gmt AS CHAR) AS date_created_gmt,
    CAST(sale.date_updated_gmt AS CHAR) AS date_modified_gmt,
    CAST(entry.document_id AS CHAR) AS document_id,
    CAST(entry.document_date AS CHAR) AS document_date,
    CAST(entry.item_id AS CHAR) AS item_id,
    CAST(entry.name AS CHAR) AS name,
    entry.product_id,
    entry.variation_id,
    entry.quantity,
    entry.total,
    CAST(COALESCE(NULLIF(variation.sku, ''), NULLIF(product.sku, '')) AS CHAR) AS sku,
    entry.gift_card,
    {", ".join(f"entry.`{key}`" for key in META_KEYS)}
FROM {prefix}wc_orders AS sale
JOIN (
    SELECT
        IF(document.type = 'shop_order_refund', document.parent_order_id, document.id) AS sale_id,
        document.id AS document_id,
        document.date_created_gmt AS document_date,
        item.order_item_id AS item_id,
        item.order_item_name AS name,
        {_meta(prefix, "_product_id")} AS product_id,
        {_meta(prefix, "_variation_id")} AS variation_id,
        {_meta(prefix, "_qty")} AS quantity,
        {_meta(prefix, "_line_total")} AS total,
        {gift_card} AS gift_card,
        {meta}
    FROM {prefix}wc_orders AS document
    LEFT JOIN {prefix}woocommerce_order_items AS item
        ON item.order_id = document.id AND item.order_item_type = 'line_item'
    WHERE document.type IN ('shop_order', 'shop_order_refund')
) AS entry ON entry.sale_id = sale.id
LEFT JOIN {prefix}wc_product_meta_lookup AS variation
    ON variation.product_id = CAST(entry.variation_id AS UNSIGNED)
LEFT JOIN {prefix}wc_product_meta_lookup AS product
    ON product.product_id = CAST(entry.product_id AS UNSIGNED)
WHERE sale.type = 'shop_order'
ORDER BY sale.id, entry.document_id, entry.item_id"""


def document(rows: Sequence[Json]) -> Json:
    """One order, with its refunds in full, from its rows."""
    order = rows[0]
    written = {
        number: [row for row in of_document if row["item_id"] is not None]
        for number, of_document in groupby(rows, key=lambda row: row["document_id"])
    }
    dates = {row["document_id"]: row["document_date"] for row in rows}
    return {
        **{name: order[name] for name in ("id", "status", "currency", "customer_id")},
        **{name: order[name] for name in ("date_created_gmt", "date_modified_gmt")},
        "billing": {"email": order["billing_email"]},
        "line_items": [_item(row) for row in written.pop(order["id"], [])],
        "refunds": [
            {"id": number, "date_created_gmt": dates[number], "line_items": [_item(row) for row in items]}
            for number, items in written.items()
        ],
    }


def _item(row: Json) -> Json:
    keys = [key for key in META_KEYS if row[key]]
    meta = [{"key": key, "value": row[key]} for key in keys]
    if row["gift_card"]:
        meta.append({"key": row["gift_card"], "value": ""})
    names = ("name", "product_id", "variation_id", "quantity", "total", "sku")
    return {"id": row["item_id"], **{name: row[name] for name in names}, "meta_data": meta}


def _meta(prefix: str, key: str) -> str:
    return _first_meta(prefix, f"meta_key = '{key}'", "meta_value")


def _first_meta(prefix: str, condition: str, column: str) -> str:
    """One of a line's meta data; a subquery, as a join would repeat the line where a plugin wrote two."""
    return (
        f"(SELECT CAST(MAX({column}) AS CHAR) FROM {prefix}woocommerce_order_itemmeta "
        f"WHERE order_item_id = item.order_item_id AND {condition})"
    )


def _like(text: str) -> str:
    return text.replace("_", r"\_")
