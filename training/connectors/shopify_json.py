"""Shopify's orders as its Admin API writes them: REST, or GraphQL in the shape that `shopify_graphql` gives.

https://shopify.dev/docs/api/admin-rest/latest/resources/order
"""

from __future__ import annotations

from training import columns as c
from training.connectors.document_layout import DocumentFault, Json, Line
from training.connectors.json_values import (
    by_id,
    id_of,
    latest,
    number_of,
    number_text,
    object_of,
    objects_of,
    text_of,
    utc,
)
from training.connectors.order_rows import CANCELLED, COMPLETED, PENDING, REFUNDED
from training.connectors.refunds import Refund, refund_rows, rest
from training.connectors.shopify_graphql import as_rest, is_graphql

NAME = "shopify"

STATUSES = {
    "paid": COMPLETED,
    "partially_refunded": COMPLETED,
    "refunded": REFUNDED,
    "authorized": PENDING,
    "pending": PENDING,
    "partially_paid": PENDING,
    "unpaid": PENDING,
    "voided": CANCELLED,
    "expired": CANCELLED,
}
"""Financial status → ours. What is refunded in part has rows of its own for what came back."""

TIP = "tip"


def recognises(document: Json) -> bool:
    """Whether this is an order of Shopify's Admin API, or an object of a bulk operation's result."""
    # Other systems with such lines have a `status`, WooCommerce's legacy API among them.
    has_lines = isinstance(document.get("line_items"), list) and "created_at" in document
    return (has_lines and "status" not in document) or "financial_status" in document or is_graphql(document)


def order_lines(document: Json) -> list[Line]:
    """The lines of one order: what was sold, then what was given back.

    Raises:
        DocumentFault: it is no order.
    """
    order = as_rest(document) if is_graphql(document) else document
    if "line_items" not in order and "financial_status" not in order:
        raise DocumentFault("not_an_order")
    head = _head(order)
    items = by_id(objects_of(order.get("line_items")), "id")
    if not items:
        return [head | {c.IGNORED: "empty_order"}]
    sold = {key: head | _line(item) for key, item in items.items()}
    if order.get("test") is True:
        sold = {key: line | {c.IGNORED: "test_order"} for key, line in sold.items()}
    refunds, last = _refunds(order, sold)
    if head[c.STATUS] != REFUNDED:
        refunds += _removed(items, sold, refunds, last or text_of(order.get("updated_at")))
    elif last is not None:
        sold = {key: line | {c.STATUS: COMPLETED} for key, line in sold.items()}
        refunds += rest(sold, refunds, last)
    return [*sold.values(), *refund_rows(sold, refunds)]


def _head(order: Json) -> Line:
    customer = object_of(order.get("customer"))
    email = order.get("email") or order.get("contact_email") or customer.get("email")
    financial = (text_of(order.get("financial_status")) or "paid").lower()
    return {
        c.ORDER_ID: id_of(order.get("id")),
        c.PLATFORM_CUSTOMER_ID: id_of(customer.get("id")),
        c.CUSTOMER_EMAIL: text_of(email),
        # Orders moved from another shop system keep their own time here; `created_at` is then the move's.
        c.ORDERED_AT: text_of(order.get("processed_at")) or text_of(order.get("created_at")),
        c.STATUS: CANCELLED if order.get("cancelled_at") else STATUSES.get(financial, financial),
        c.CURRENCY: text_of(order.get("currency")),
        c.REVISION: utc(order.get("updated_at")),
    }


def _line(item: Json) -> Line:
    return {
        c.SKU: text_of(item.get("sku")),
        c.VARIANT_ID: id_of(item.get("variant_id")),
        c.PLATFORM_PRODUCT_ID: id_of(item.get("product_id")),
        c.QUANTITY: text_of(item.get("quantity")),
        c.UNIT_PRICE: _unit_price(item),
        # The name tells the variant too, as the admin's export does; the title is the product's.
        c.TITLE: text_of(item.get("name")) or text_of(item.get("title")),
        c.IGNORED: _ignored(item),
    }


def _unit_price(item: Json) -> str | None:
    """What the customer paid for one, after the discounts of the line and its share of the order's."""
    price, quantity = number_of(item.get("price")), number_of(item.get("quantity"))
    allocations = objects_of(item.get("discount_allocations"))
    discount = sum(number_of(one.get("amount")) or 0 for one in allocations)
    if not allocations:
        discount = number_of(item.get("total_discount")) or 0
    if price is None or not quantity or not discount:
        return text_of(item.get("price"))
    return number_text(round(max(price - discount / quantity, 0), 6))


def _ignored(item: Json) -> str | None:
    if item.get("gift_card") is True:
        return "gift_card"
    if any((text_of(item.get(name)) or "").strip() for name in ("sku", "variant_id", "product_id")):
        return None
    # What else somebody typed into a draft order is nothing that could be recommended.
    name = text_of(item.get("name")) or text_of(item.get("title")) or ""
    return "tip" if name.strip().lower() == TIP else "not_a_product"


def _refunds(order: Json, sold: dict[str, Line]) -> tuple[list[Refund], str | None]:
    """What was given back of the lines sold, and the time of the last refund."""
    refunds: list[Refund] = []
    last: str | None = None
    for refund in objects_of(order.get("refunds")):
        at = text_of(refund.get("processed_at")) or text_of(refund.get("created_at"))
        last = latest(last, at)
        for returned in objects_of(refund.get("refund_line_items")):
            key = id_of(returned.get("line_item_id")) or ""
            units = number_of(returned.get("quantity")) or 0
            if key in sold and units > 0:
                refunds.append(Refund(key, units, at))
    return refunds, last


def _removed(
    items: dict[str, Json], sold: dict[str, Line], refunds: list[Refund], at: str | None
) -> list[Refund]:
    """Units that are gone without a refund that names them: by an edit, or in GraphQL's shorter answer."""
    current = {key: number_of(item.get("current_quantity")) for key, item in items.items()}
    return [
        Refund(one.line, one.units - kept, at)
        for one in rest(sold, refunds, at)
        if (kept := current[one.line]) is not None and one.units > kept
    ]
