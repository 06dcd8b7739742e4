"""Rules in words: what a rule does, with which products, where and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from service.pages.wording import list_title
from service.rules.document import rule_of

Document = Mapping[str, Any]

TYPES: Mapping[str, str] = {
    "exclude": "Hide products",
    "include": "Show only some products",
    "pin": "Pin a product to a slot",
    "boost": "Boost products",
    "bury": "Bury products",
    "cap": "Cap a brand or category",
    "price_band": "Keep within a price band",
    "price_floor": "Nothing much cheaper than the page's product",
    "in_stock": "Only what is in stock",
}
"""In the order in which a merchandiser meets them."""

SEGMENTS: Mapping[str, str] = {
    "anonymous": "anonymous visitors",
    "new_customer": "new customers",
    "customer": "customers",
}

STATUSES: Mapping[str, str] = {
    "in_force": "on",
    "planned": "planned",
    "ended": "ended",
    "off": "off",
}

_SHOWN_VALUES = 3


def status_of(document: Document, at: float) -> str:
    """One of `STATUSES`, as of a time in seconds since 1970."""
    rule = rule_of(document)
    if not rule.enabled:
        return "off"
    if rule.scope.ends_at <= at:
        return "ended"
    return "planned" if at < rule.scope.starts_at else "in_force"


def effect_text(document: Document, titles: Mapping[str, str]) -> str:
    """What the rule does, as a sentence; `titles` by product id, as far as they are known."""
    products = products_text(document.get("products") or {}, titles)
    among = f", among {products}" if document.get("products") else ""
    match document["type"]:
        case "include":
            return f"Shows only {products}"
        case "exclude":
            return f"Hides {products}"
        case "boost" | "bury" as kind:
            return f"{kind.capitalize()}s {products}: score × {document['factor']:g}"
        case "pin":
            return f"Pins {_named(document['product_id'], titles)} to slot {document['slot']}"
        case "cap":
            return f"At most {document['most']} of one {_group(document)}{among}"
        case "price_band":
            return f"Only what is priced {_between(document)}{among}"
        case "in_stock":
            return f"Only what is in stock{among}"
        case "price_floor":
            return f"Nothing below {document['ratio'] * 100:g} % of the page's product's price"
    raise ValueError(f"no such type of rule: {document['type']}")


def products_text(selection: Document, titles: Mapping[str, str]) -> str:
    """The products that a rule means."""
    named = selection.get("product_ids") or ()
    parts = [_some([_named(product_id, titles) for product_id in named]) if named else "products"]
    if categories := selection.get("categories"):
        parts.append(f"in {_some(categories)}")
    if brands := selection.get("brands"):
        parts.append(f"of the brand {_some(brands)}")
    if tags := selection.get("tags"):
        parts.append(f"tagged {_some(tags)}")
    if "price_min" in selection or "price_max" in selection:
        parts.append(f"priced {_between(selection)}")
    return (", " if named else " ").join(parts)


def place_text(document: Document) -> str:
    """Where the rule holds, and for whom."""
    places = ", ".join(map(list_title, document.get("placements") or ())) or "Everywhere"
    segments = [SEGMENTS.get(one, one) for one in document.get("segments") or ()]
    if segments:
        places += f", for {' and '.join(segments)}"
    context = document.get("context_category")
    return f"{places}, beside {context}" if context else places


def schedule_text(document: Document) -> str:
    """From when until when, by the rule's own clock; empty where it always holds."""
    zone = document.get("zone")
    parts = [
        f"{word} {_clock(document[name], zone)}"
        for name, word in (("from", "from"), ("until", "until"))
        if document.get(name)
    ]
    return " ".join(parts)


def product_ids_of(rules: Sequence[Document]) -> set[str]:
    """The products that the sentences above name."""
    named = {document["product_id"] for document in rules if "product_id" in document}
    for document in rules:
        named |= set(((document.get("products") or {}).get("product_ids") or ())[:_SHOWN_VALUES])
    return named


def _named(product_id: str, titles: Mapping[str, str]) -> str:
    title = titles.get(product_id)
    return f"{title} ({product_id})" if title and title != product_id else product_id


def _some(values: Sequence[str]) -> str:
    shown = list(values[:_SHOWN_VALUES])
    if len(values) > _SHOWN_VALUES:
        return f"{', '.join(shown)} or {len(values) - _SHOWN_VALUES} more"
    return " or ".join(shown)


def _group(document: Document) -> str:
    if document["per"] == "brand":
        return "brand"
    depth = document.get("depth", 1)
    return "top category" if depth == 1 else f"category ({depth} levels)"


def _between(bounds: Document) -> str:
    low, high = bounds.get("price_min"), bounds.get("price_max")
    if low is None:
        return f"up to {high:.10g}"
    return f"from {low:.10g}" if high is None else f"from {low:.10g} to {high:.10g}"


def _clock(text: str, zone: str | None) -> str:
    time = datetime.fromisoformat(text)
    shown = f"{time.day} {time:%B %Y, %H:%M}"
    if time.tzinfo is None:
        return f"{shown} {zone}"
    offset = time.isoformat()[-6:]
    return f"{shown} {'UTC' if offset == '+00:00' else offset}"
