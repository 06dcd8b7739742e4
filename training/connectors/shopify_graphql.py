"""Orders of Shopify's GraphQL Admin API, as a bulk operation writes them, in the shape of its REST API.

https://shopify.dev/docs/api/usage/bulk-operations/queries
"""

from __future__ import annotations

from typing import Any

from training.connectors.document_layout import DocumentFault, Json
from training.connectors.json_values import number_of, object_of, objects_of, text_of
from training.connectors.nested_documents import CHILDREN, PARENT_ID

GID = "gid://shopify/"


def is_graphql(document: Json) -> bool:
    """Whether this is an object of a GraphQL answer: its id says so, or the id of its parent."""
    return any((text_of(document.get(name)) or "").startswith(GID) for name in ("id", PARENT_ID))


def as_rest(order: Json) -> dict[str, Any]:
    """A GraphQL order with its children (`nested_documents.CHILDREN`), as REST names its members.

    Raises:
        DocumentFault: it is no order.
    """
    if not (text_of(order.get("id")) or "").startswith(f"{GID}Order/"):
        raise DocumentFault("not_an_order")
    customer = object_of(order.get("customer"))
    children = objects_of(order.get(CHILDREN))
    items = [child for child in children if _is_line_item(child)]
    return {
        "id": _number(order.get("id")),
        "email": order.get("email"),
        "customer": {"id": _number(customer.get("id")), "email": customer.get("email")},
        "created_at": order.get("createdAt"),
        "processed_at": order.get("processedAt"),
        "updated_at": order.get("updatedAt"),
        "cancelled_at": order.get("cancelledAt"),
        "test": order.get("test"),
        "financial_status": order.get("displayFinancialStatus"),
        "currency": order.get("currencyCode") or _total(order).get("currencyCode"),
        "line_items": [_line_item(item, _price_of_one(order, items)) for item in items],
        "refunds": [_refund(refund) for refund in objects_of(order.get("refunds"))],
    }


def _is_line_item(child: Json) -> bool:
    gid = text_of(child.get("id"))
    return "quantity" in child if gid is None else gid.startswith(f"{GID}LineItem/")


def _number(gid: Any) -> str | None:
    """The number in `gid://shopify/Order/1`, which REST and the exports show."""
    text = text_of(gid)
    return None if text is None else text.rpartition("/")[2].partition("?")[0]


def _line_item(item: Json, price_of_one: float | None) -> dict[str, Any]:
    ids = {
        "sku": item.get("sku") or object_of(item.get("variant")).get("sku"),
        "variant_id": _number(object_of(item.get("variant")).get("id")),
        "product_id": _number(object_of(item.get("product")).get("id")),
    }
    if not any(name in item for name in ("sku", "variant", "product")):
        # The query asked for no id at all: the name is all there is, as in the admin's CSV.
        ids["sku"] = item.get("name") or item.get("title")
    reduced = _amount(item, "discountedUnitPriceAfterAllDiscounts")
    allocations = [] if reduced else objects_of(item.get("discountAllocations"))
    price = reduced or _amount(item, "originalUnitPrice") or _amount(item, "discountedUnitPrice")
    return ids | {
        "id": _number(item.get("id")),
        "name": item.get("name"),
        "title": item.get("title"),
        "quantity": item.get("quantity"),
        "current_quantity": item.get("currentQuantity"),
        "gift_card": item.get("isGiftCard"),
        "price": price or price_of_one,
        "discount_allocations": [{"amount": _amount(one, "allocatedAmount")} for one in allocations],
    }


def _amount(owner: Json, name: str) -> Any:
    """An amount in the shop's currency, from `nameSet`, or `name` in older versions of the API."""
    money = owner.get(f"{name}Set") or owner.get(name)
    if not isinstance(money, dict):
        return money
    return object_of(money.get("shopMoney") or money).get("amount")


def _total(order: Json) -> Json:
    return object_of(object_of(order.get("totalPriceSet")).get("shopMoney"))


def _price_of_one(order: Json, items: list[Json]) -> float | None:
    """The order's total spread over its units: what is left where a query asked for no prices of lines."""
    total = number_of(_total(order).get("amount"))
    units = sum(number_of(item.get("quantity")) or 0 for item in items)
    return total / units if total is not None and units > 0 else None


def _refund(refund: Json) -> dict[str, Any]:
    return {"created_at": refund.get("createdAt"), "refund_line_items": []}
