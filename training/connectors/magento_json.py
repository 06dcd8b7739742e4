"""Orders of Magento Open Source and Adobe Commerce, as `GET /V1/orders` writes them.

A configurable product is two items, itself and the chosen simple product below it; a bundle is one item and
one more for each part. Only the upper item counts. All times are in UTC.
https://developer.adobe.com/commerce/webapi/rest/quick-reference/
"""

from __future__ import annotations

from training import columns as c
from training.connectors.document_layout import DocumentFault, Json, Line
from training.connectors.json_values import (
    by_id,
    id_of,
    number_of,
    number_text,
    object_of,
    objects_of,
    text_of,
    utc,
)
from training.connectors.order_rows import CANCELLED, COMPLETED, PENDING, REFUNDED
from training.connectors.refunds import Refund, refund_rows, rest

NAME = "magento"

STATUSES = {
    "new": PENDING,
    "pending": PENDING,
    "pending_payment": PENDING,
    "payment_review": PENDING,
    "fraud": PENDING,
    "holded": PENDING,
    "processing": COMPLETED,
    "complete": COMPLETED,
    "closed": REFUNDED,
    "canceled": CANCELLED,
}
"""State → ours. A shop may name statuses as it likes; states, and the statuses they come with, are fixed.
States that a plugin adds count as pending: the order stands."""

CONFIGURABLE, BUNDLE, GIFT_CARD = "configurable", "bundle", "giftcard"


def recognises(document: Json) -> bool:
    """Whether this is an order of Magento's REST API."""
    has_id = "increment_id" in document or "entity_id" in document
    return isinstance(document.get("items"), list) and has_id


def order_lines(document: Json) -> list[Line]:
    """The lines of one order: a row for each item, then what was given back or cancelled of it.

    Raises:
        DocumentFault: it is no order.
    """
    if "items" not in document:
        raise DocumentFault("not_an_order")
    head = _head(document)
    items = objects_of(document["items"])
    if not items:
        return [head | {c.IGNORED: "empty_order"}]
    keyed = _with_parents(items)
    parts = _parts(keyed)
    sold = {
        key: head | _line(item, parts.get(key, []), keyed.get(_parent_key(item) or ""))
        for key, item in keyed.items()
    }
    counted = {key: line for key, line in sold.items() if line[c.IGNORED] is None}
    if head[c.STATUS] == CANCELLED:
        return list(sold.values())
    refunds = _refunds(document, {key: keyed[key] for key in counted})
    at = _time(document.get("updated_at"))
    if head[c.STATUS] == REFUNDED and at is not None:
        sold = {key: line | {c.STATUS: COMPLETED} for key, line in sold.items()}
        refunds += rest(counted, refunds, at)
    return [*sold.values(), *refund_rows(sold, refunds)]


def _head(order: Json) -> Line:
    state = (text_of(order.get("state")) or text_of(order.get("status")) or "").lower()
    is_guest = number_of(order.get("customer_is_guest")) == 1 or order.get("customer_is_guest") is True
    return {
        c.ORDER_ID: id_of(order.get("entity_id")) or text_of(order.get("increment_id")),
        c.PLATFORM_CUSTOMER_ID: None if is_guest else id_of(order.get("customer_id")),
        c.CUSTOMER_EMAIL: text_of(order.get("customer_email")),
        c.ORDERED_AT: _time(order.get("created_at")),
        c.STATUS: STATUSES.get(state, PENDING),
        c.CURRENCY: text_of(order.get("order_currency_code")),
        c.REVISION: utc(order.get("updated_at")),
    }


def _time(value: object) -> str | None:
    """`2017-08-21 22:22:19` is in UTC, though it does not say so."""
    text = text_of(value)
    return text if text is None or utc(text) is None or text.endswith("Z") else f"{text}Z"


def _with_parents(items: list[Json]) -> dict[str, Json]:
    """The items by their keys, with the upper items that stand within lower ones only."""
    keyed = by_id(items, "item_id")
    parents = [object_of(item.get("parent_item")) for item in items]
    return {key: parent for parent in parents if (key := id_of(parent.get("item_id")))} | keyed


def _parent_key(item: Json) -> str | None:
    return id_of(item.get("parent_item_id")) or id_of(object_of(item.get("parent_item")).get("item_id"))


def _parts(keyed: dict[str, Json]) -> dict[str, list[Json]]:
    """The lower items of each upper one."""
    parts: dict[str, list[Json]] = {}
    for item in keyed.values():
        parent = _parent_key(item)
        if parent is not None:
            parts.setdefault(parent, []).append(item)
    return parts


def _line(item: Json, parts: list[Json], parent: Json | None) -> Line:
    is_configured = item.get("product_type") == CONFIGURABLE and len(parts) == 1
    chosen = parts[0] if is_configured else {}
    return {
        c.SKU: text_of(chosen.get("sku")) or _own_sku(item, parts),
        c.VARIANT_ID: id_of(chosen.get("product_id")),
        c.PLATFORM_PRODUCT_ID: id_of(item.get("product_id")),
        c.QUANTITY: text_of(item.get("qty_ordered")),
        c.UNIT_PRICE: _unit_price(item),
        c.TITLE: text_of(item.get("name")),
        c.IGNORED: _ignored(item, parent),
    }


def _own_sku(item: Json, parts: list[Json]) -> str | None:
    """A bundle's SKU, without the SKUs of the chosen parts that the platform appends to it."""
    sku = text_of(item.get("sku"))
    if item.get("product_type") != BUNDLE:
        return sku
    endings = [f"-{text_of(part.get('sku'))}" for part in parts]
    while sku and (ending := next((one for one in endings if sku.endswith(one)), None)):
        endings.remove(ending)
        sku = sku.removesuffix(ending)
    return sku


def _unit_price(item: Json) -> str | None:
    """The price of one, less its share of the line's discount; without tax, as the platform keeps it."""
    price, ordered = number_of(item.get("price")), number_of(item.get("qty_ordered"))
    discount = number_of(item.get("discount_amount"))
    if price is None or not ordered or not discount:
        return text_of(item.get("price"))
    return number_text(round(max(price - abs(discount) / ordered, 0), 6))


def _ignored(item: Json, parent: Json | None) -> str | None:
    if parent is not None:
        return "counted_with_parent" if parent.get("product_type") == CONFIGURABLE else "part_of_bundle"
    return "gift_card" if item.get("product_type") == GIFT_CARD else None


def _refunds(order: Json, items: dict[str, Json]) -> list[Refund]:
    """What was refunded or cancelled of each item: the order tells how much, and when it last changed."""
    refunds = []
    for key, item in items.items():
        units = sum(number_of(item.get(name)) or 0 for name in ("qty_refunded", "qty_canceled"))
        if units > 0:
            at = _time(item.get("updated_at")) or _time(order.get("updated_at"))
            refunds.append(Refund(key, units, at))
    return refunds
