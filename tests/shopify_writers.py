"""Orders as Shopify writes them: the admin's CSV, the Admin REST API, and a bulk operation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from tests.shop_orders import Record, ShopLine, ShopOrder, iso, item_id, json_file, json_lines, table

SHOPIFY_STATUS = {"completed": "paid", "pending": "pending", "cancelled": "voided", "refunded": "refunded"}

SHOPIFY_HEADER = (
    "Name",
    "Email",
    "Financial Status",
    "Paid at",
    "Currency",
    "Total",
    "Created at",
    "Lineitem quantity",
    "Lineitem name",
    "Lineitem price",
    "Lineitem sku",
    "Lineitem requires shipping",
    "Cancelled at",
    "Payment Method",
    "Refunded Amount",
    "Id",
    "Lineitem discount",
)


def shopify_csv(orders: Sequence[ShopOrder], folder: Path) -> str:
    """The admin's export, in the time of a shop east of Greenwich."""
    rows: list[Record] = []
    for order in orders:
        local = order.ordered_at + timedelta(hours=1)
        name = {"Name": f"#{order.number}", "Email": order.email}
        first = {
            "Financial Status": SHOPIFY_STATUS[order.status],
            "Currency": order.currency,
            "Total": "1.00",
            "Id": order.number,
            "Cancelled at": f"{local:%Y-%m-%d %H:%M:%S} +0100" if order.status == "cancelled" else None,
        }
        for line in order.lines or (None,):
            item = {} if line is None else _shopify_csv_line(line)
            rows.append(name | first | item | {"Created at": f"{local:%Y-%m-%d %H:%M:%S} +0100"})
            first = {}
    whole = [{column: row.get(column) for column in SHOPIFY_HEADER} for row in rows]
    return table(whole, folder / "orders_export.csv", ",", SHOPIFY_HEADER)


def _shopify_csv_line(line: ShopLine) -> Record:
    return {
        "Lineitem quantity": line.quantity,
        "Lineitem name": line.title,
        "Lineitem price": line.price,
        "Lineitem sku": line.sku,
        "Lineitem requires shipping": "true",
        "Lineitem discount": "0.00",
    }


def shopify_order(order: ShopOrder) -> Record:
    """An order of the Admin REST API."""
    returned = [
        {"line_item_id": item_id(order, at), "quantity": units}
        for at, line in enumerate(order.lines)
        if (units := line.quantity if order.status == "refunded" else line.returned)
    ]
    return {
        "id": order.number,
        "name": f"#{order.number}",
        "email": order.email or "",
        "created_at": iso(order.ordered_at),
        "updated_at": iso(order.changed_at),
        "cancelled_at": iso(order.changed_at) if order.status == "cancelled" else None,
        "financial_status": SHOPIFY_STATUS[order.status],
        "currency": order.currency,
        "test": False,
        "customer": None if order.customer is None else {"id": order.customer, "email": order.email},
        "line_items": [_shopify_item(order, at) for at in range(len(order.lines))],
        "refunds": [{"created_at": iso(order.changed_at), "refund_line_items": returned}] if returned else [],
    }


def _shopify_item(order: ShopOrder, at: int) -> Record:
    line = order.lines[at]
    return {
        "id": item_id(order, at),
        "sku": line.sku,
        "variant_id": line.variant,
        "product_id": line.product,
        "title": line.title,
        "quantity": line.quantity,
        "price": line.price,
        "gift_card": False,
        "discount_allocations": [],
    }


def shopify_rest(orders: Sequence[ShopOrder], folder: Path) -> str:
    """A page of `GET /admin/api/…/orders.json`."""
    return json_file({"orders": [shopify_order(order) for order in orders]}, folder / "shopify.json")


def shopify_bulk(orders: Sequence[ShopOrder], folder: Path) -> str:
    """A bulk operation's result whose objects are not grouped: all orders, then all their lines backwards."""
    parents = [_bulk_order(order) for order in orders]
    children = [_bulk_item(order, at) for order in orders for at in range(len(order.lines))]
    return json_lines([*parents, *reversed(children)], folder / "shopify_bulk.jsonl")


def _bulk_order(order: ShopOrder) -> Record:
    gid = None if order.customer is None else {"id": f"gid://shopify/Customer/{order.customer}"}
    came_back = order.status == "refunded" or any(line.returned for line in order.lines)
    return {
        "id": f"gid://shopify/Order/{order.number}",
        "email": order.email,
        "createdAt": iso(order.ordered_at),
        "updatedAt": iso(order.changed_at),
        "cancelledAt": iso(order.changed_at) if order.status == "cancelled" else None,
        "displayFinancialStatus": SHOPIFY_STATUS[order.status].upper(),
        "currencyCode": order.currency,
        "customer": gid,
        "refunds": [{"createdAt": iso(order.changed_at)}] if came_back else [],
    }


def _bulk_item(order: ShopOrder, at: int) -> Record:
    line = order.lines[at]
    variant = None if line.variant is None else {"id": f"gid://shopify/ProductVariant/{line.variant}"}
    return {
        "id": f"gid://shopify/LineItem/{item_id(order, at)}",
        "title": line.title,
        "sku": line.sku,
        "quantity": line.quantity,
        "currentQuantity": line.quantity - line.returned,
        "variant": variant,
        "product": {"id": f"gid://shopify/Product/{line.product}"},
        "originalUnitPriceSet": {"shopMoney": {"amount": line.price, "currencyCode": order.currency}},
        "__parentId": f"gid://shopify/Order/{order.number}",
    }
