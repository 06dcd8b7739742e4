"""What to say of JSON that holds no orders: an API's error message, or objects of something else."""

from __future__ import annotations

from collections.abc import Sequence

from training import columns as c
from training.connectors.document_layout import Json
from training.connectors.documents import Document, json_text
from training.connectors.headers import by_plain_name

MAX_SHOWN = 200
"""Characters of an error message, and of the names of members."""

EXPECTED = (
    "orders as the APIs of Shopify, WooCommerce or Magento write them, or objects with "
    f"{', '.join(c.ORDER_REQUIRED)}"
)


def why_no_orders(found: Sequence[Document]) -> str:
    """What the first documents of a file are instead of orders, and what is expected."""
    values = [document.value for document in found if document.value is not None]
    members = dict.fromkeys(name for value in values for name in value)
    known = by_plain_name(list(members))
    absent = [name for name in c.ORDER_REQUIRED if name not in known]
    if {c.ORDER_ID, c.PRODUCT_ID} & known.keys():
        return f"has no column {', '.join(absent)}; found: {_short(', '.join(members))}. See docs/orders.md"
    told = next((text for value in values if (text := error_message(value)) is not None), None)
    if told is not None:
        return f"holds an error message of the API, not orders: {_short(told)}; ask the API again"
    if not members:
        return f"has no JSON object in it; expected are {EXPECTED}"
    return (
        f"holds no orders that are known: its objects have {_short(', '.join(members))}; expected are "
        f"{EXPECTED}. See docs/connect/README.md"
    )


def error_message(document: Json) -> str | None:
    """What an API told instead of an answer; None where it told no error."""
    # Shopify: errors (text, lists or objects); WooCommerce: code and message; Magento: message, parameters.
    for name in ("errors", "error", "message"):
        value = document.get(name)
        if value:
            return value if isinstance(value, str) else json_text(value)
    return None


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_SHOWN else f"{line[:MAX_SHOWN]} …"
