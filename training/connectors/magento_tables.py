"""Orders of Magento Open Source and Adobe Commerce in its own tables, as its REST API would write them.

The columns of `sales_order` and `sales_order_item` have the names that the API gives them.
"""

from __future__ import annotations

from collections.abc import Sequence

from training.connectors import magento_json
from training.connectors.document_layout import Json

LAYOUT = magento_json

TABLE_PREFIX = ""

ORDER_KEY = "entity_id"

ORDER_COLUMNS = (
    "entity_id",
    "increment_id",
    "state",
    "status",
    "customer_id",
    "customer_is_guest",
    "customer_email",
    "order_currency_code",
    "created_at",
    "updated_at",
)

ITEM_COLUMNS = (
    "item_id",
    "parent_item_id",
    "product_id",
    "product_type",
    "sku",
    "name",
    "price",
    "discount_amount",
    "qty_ordered",
    "qty_refunded",
    "qty_canceled",
    "updated_at",
)


def query(prefix: str) -> str:
    """A row for each item of each order, those of one order together; all cells are text."""
    cells = [f"CAST(sale.{column} AS CHAR) AS {column}" for column in ORDER_COLUMNS]
    cells += [f"CAST(item.{column} AS CHAR) AS {_in_row(column)}" for column in ITEM_COLUMNS]
    return f"""
SELECT {", ".join(cells)}
FROM {prefix}sales_order AS sale
LEFT JOIN {prefix}sales_order_item AS item ON item.order_id = sale.entity_id
ORDER BY sale.entity_id, item.item_id"""


def document(rows: Sequence[Json]) -> Json:
    """One order from its rows."""
    items = [
        {column: row[_in_row(column)] for column in ITEM_COLUMNS}
        for row in rows
        if row[_in_row("item_id")] is not None
    ]
    return {column: rows[0][column] for column in ORDER_COLUMNS} | {"items": items}


def _in_row(column: str) -> str:
    return f"item_{column}"
