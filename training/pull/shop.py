"""One shop as a pull sees it, whatever its platform."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from training.connectors.document_layout import DocumentLayout
from training.errors import InputRefused

OrderDocument = Mapping[str, Any]
"""An order as the platform sends it."""

Pages = Callable[[datetime | None], Iterator[Sequence[OrderDocument]]]
"""The orders that changed at that time or later (None: all), page by page, the longest unchanged first.

An order that changes meanwhile may come again, and one that comes twice unchanged does no harm.
"""


@dataclass(frozen=True)
class Shop:
    """What a pull needs of a platform.

    Attributes:
        platform: `shopify`, `woocommerce` or `magento`.
        address: the shop's own; a watermark of one shop means nothing to another.
        layout: makes order lines of an order.
        id_field: which field of an order is its id.
        changed_field: which field tells when it last changed; in UTC where it names no zone.
        pages: asks for its orders.
    """

    platform: str
    address: str
    layout: DocumentLayout
    id_field: str
    changed_field: str
    pages: Pages


def changed_at(order: OrderDocument, field: str) -> datetime | None:
    """When an order last changed, in UTC; None where it does not say."""
    text = order.get(field)
    if not isinstance(text, str):
        return None
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def orders_in(value: Any, host: str) -> list[OrderDocument]:
    """A page's list of orders. Raises `InputRefused` for anything else."""
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return value
    raise InputRefused(f"{host} answers something else than a list of orders; check what answers there")
