"""WooCommerce's orders as its REST API v3 writes them.

`refunds` of an order in a list are an id and a total only. Where the refunds in full
(`/orders/ID/refunds`) stand in their place, their lines become rows; `python -m training pull` fetches them.
https://woocommerce.github.io/woocommerce-rest-api-docs/#orders
"""

from __future__ import annotations

from html import unescape
from typing import Any

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

NAME = "woocommerce"

STATUSES = {
    "completed": COMPLETED,
    "processing": COMPLETED,
    "on-hold": PENDING,
    "pending": PENDING,
    "cancelled": CANCELLED,
    "failed": CANCELLED,
    "trash": CANCELLED,
    "refunded": REFUNDED,
}
"""Status → ours: `processing` is paid, `on-hold` and `pending` wait for the money. A plugin's own statuses
count as pending: the order stands."""

DRAFTS = ("checkout-draft", "auto-draft", "draft")
"""Carts on their way through the checkout: nobody has ordered yet."""

PART_OF = ("bundled_by", "composite_parent")
"""Members of a line, or keys of its meta data with `_` before them: Product Bundles, Composite Products."""

REFUNDED_ITEM = "_refunded_item_id"
GIFT_CARD = "wc_gc_giftcard_"
"""How the meta data of a line that sells a card of the extension Gift Cards begins."""


def recognises(document: Json) -> bool:
    """Whether this is an order of WooCommerce's REST API."""
    has_date = "date_created" in document or "date_created_gmt" in document
    return isinstance(document.get("line_items"), list) and has_date


def order_lines(document: Json) -> list[Line]:
    """The lines of one order: what was sold, then what was given back.

    Raises:
        DocumentFault: it is no order.
    """
    if "line_items" not in document or "status" not in document:
        raise DocumentFault("not_an_order")
    head = _head(document)
    items = by_id(objects_of(document["line_items"]), "id")
    if not items:
        return [head | {c.IGNORED: head[c.IGNORED] or "empty_order"}]
    sold = {key: head | _line(item, head[c.IGNORED]) for key, item in items.items()}
    refunds, last = _refunds(document, sold)
    if head[c.STATUS] == REFUNDED and last is not None:
        sold = {key: line | {c.STATUS: COMPLETED} for key, line in sold.items()}
        refunds += rest(sold, refunds, last)
    return [*sold.values(), *refund_rows(sold, refunds)]


def _head(order: Json) -> Line:
    status = (text_of(order.get("status")) or "").lower().removeprefix("wc-")
    return {
        c.ORDER_ID: id_of(order.get("id")),
        c.PLATFORM_CUSTOMER_ID: id_of(order.get("customer_id")),
        c.CUSTOMER_EMAIL: text_of(object_of(order.get("billing")).get("email")),
        c.ORDERED_AT: _time(order, "date_created"),
        c.STATUS: STATUSES.get(status, PENDING),
        c.CURRENCY: text_of(order.get("currency")),
        c.REVISION: utc(_time(order, "date_modified")),
        c.IGNORED: "draft_order" if status in DRAFTS else None,
    }


def _time(document: Json, name: str) -> str | None:
    """The time in UTC, which the platform writes without a zone; else the shop's own time."""
    in_utc = text_of(document.get(f"{name}_gmt"))
    return f"{in_utc.removesuffix('Z')}Z" if in_utc else text_of(document.get(name))


def _line(item: Json, ignored: str | None) -> Line:
    return {
        c.SKU: text_of(item.get("sku")),
        c.VARIANT_ID: id_of(item.get("variation_id")),
        c.PLATFORM_PRODUCT_ID: id_of(item.get("product_id")),
        c.QUANTITY: text_of(item.get("quantity")),
        c.UNIT_PRICE: _unit_price(item),
        c.TITLE: unescape(text_of(item.get("name")) or ""),
        c.IGNORED: ignored or _ignored(item),
    }


def _unit_price(item: Json) -> str | None:
    """The line's total, which coupons have lowered, for one; without tax, as the platform keeps it."""
    total, quantity = number_of(item.get("total")), number_of(item.get("quantity"))
    if total is None or not quantity:
        return text_of(item.get("price"))
    return number_text(round(total / quantity, 6))


def _ignored(item: Json) -> str | None:
    meta = _meta(item)
    if any(item.get(name) or meta.get(f"_{name}") for name in PART_OF):
        return "part_of_bundle"
    if any(key.startswith(GIFT_CARD) for key in meta):
        return "gift_card"
    has_id = text_of(item.get("sku")) or id_of(item.get("variation_id")) or id_of(item.get("product_id"))
    return None if has_id else "not_a_product"


def _meta(item: Json) -> dict[str, Any]:
    return {text_of(one.get("key")) or "": one.get("value") for one in objects_of(item.get("meta_data"))}


def _refunds(order: Json, sold: dict[str, Line]) -> tuple[list[Refund], str | None]:
    """What was given back of the lines sold, and the time of the last refund that tells its own."""
    refunds: list[Refund] = []
    last: str | None = None
    for refund in objects_of(order.get("refunds")):
        at = _time(refund, "date_created")
        last = latest(last, at)
        for item in objects_of(refund.get("line_items")):
            key = id_of(_meta(item).get(REFUNDED_ITEM)) or _key_of_product(item, sold)
            units = abs(number_of(item.get("quantity")) or 0)
            if key in sold and units > 0:
                refunds.append(Refund(key, units, at))
    return refunds, last


def _key_of_product(item: Json, sold: dict[str, Line]) -> str:
    """The line with the same product and variation: plugins may take the meta data of refunds away."""
    ids = id_of(item.get("product_id")), id_of(item.get("variation_id"))
    same = (key for key, line in sold.items() if (line[c.PLATFORM_PRODUCT_ID], line[c.VARIANT_ID]) == ids)
    return next(same, "") if any(ids) else ""
