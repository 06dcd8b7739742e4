"""Answers as cards: each product with its title, price and reason, ready for a template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.pages.wording import price_text, reason_text
from service.recommendations import Recommendations
from service.snapshot import Snapshot
from service.store.packed import ProductIds

_RECORDS_PER_ROUND_TRIP = 200
"""A much larger reply would come near the serving timeout."""

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Card:
    """One product as the pages show it.

    Attributes:
        title: without the brand; the id where the catalogue has no title.
        image_url: None where there is none that the pages' Content-Security-Policy lets through.
        in_stock: False only where the catalogue says so.
        reason: in words; None outside of an answer, as are `reason_code`, `rank` and `score`.
    """

    product_id: str
    title: str
    brand: str | None
    category: str | None
    price: str | None
    image_url: str | None
    in_stock: bool
    reason: str | None = None
    reason_code: str | None = None
    rank: int | None = None
    score: float | None = None


def cards_of(service: Recommendations, snapshot: Snapshot, items: Iterable[Mapping[str, Any]]) -> list[Card]:
    """The cards of an answer's items, which carry their products (`include_product`)."""
    items = list(items)
    reasons = {item["reason"]["product_id"] for item in items} - {None}
    records = records_of(service, snapshot, reasons)
    return [
        _card(
            item["product_id"],
            item["product"] or {},
            reason=reason_in_words(item["reason"], records),
            reason_code=item["reason"]["code"],
            rank=item["rank"],
            score=item["score"],
        )
        for item in items
    ]


def product_cards(service: Recommendations, snapshot: Snapshot, product_ids: Sequence[str]) -> list[Card]:
    """Products' cards, outside of any answer."""
    records = records_of(service, snapshot, product_ids)
    return [_card(product_id, records.get(product_id, {})) for product_id in product_ids]


def records_of(service: Recommendations, snapshot: Snapshot, product_ids: Iterable[str]) -> dict[str, Record]:
    """The catalogue's records by product id; an id that is unknown, or cannot be read now, is absent."""
    ids = snapshot.product_ids
    if not isinstance(ids, ProductIds):
        return {}
    known = [index for product_id in product_ids if (index := ids.index_of(product_id)) is not None]
    found: dict[str, Record] = {}
    for start in range(0, len(known), _RECORDS_PER_ROUND_TRIP):
        records = service.records.of(snapshot, known[start : start + _RECORDS_PER_ROUND_TRIP])
        found |= {ids[index]: record for index, record in records.items()}
    return found


def reason_in_words(reason: Mapping[str, Any], records: Mapping[str, Record]) -> str:
    """An item's `reason` as a sentence; `records` may hold the product that it names."""
    product_id = reason["product_id"]
    title = None if product_id is None else short_title(product_id, records.get(product_id, {}))
    return reason_text(reason["code"], title)


def short_title(product_id: str, record: Record) -> str:
    """The title without the brand, which has a line of its own: `Milk, Acme, 1 l` → `Milk, 1 l`."""
    title, brand = record.get("title"), record.get("brand")
    if not title:
        return product_id
    parts = title.split(", ")
    return ", ".join(part for part in parts if part != brand) or title


def _card(product_id: str, record: Record, **of_answer: Any) -> Card:
    return Card(
        product_id=product_id,
        title=short_title(product_id, record),
        brand=record.get("brand"),
        category=record.get("category"),
        price=price_text(record.get("price"), record.get("currency")),
        image_url=_allowed_image(record.get("image_url")),
        in_stock=record.get("in_stock") is not False,
        **of_answer,
    )


def _allowed_image(url: str | None) -> str | None:
    return url if url and url.startswith(("https://", "/demo/placeholder/")) else None
