"""Rules as JSON documents: how they are stored and sent, checked by `service.api.rule_schemas`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from service.rules.rule import (
    CapGroups,
    Effect,
    Exclude,
    Include,
    InStock,
    Pin,
    PriceBand,
    PriceFloor,
    Rule,
    Scale,
    Scope,
    Selection,
    category_path,
)

Document = Mapping[str, Any]


def _scale(document: Document) -> Effect:
    return Scale(_selection(document), document["factor"])


_EFFECTS: Mapping[str, Callable[[Document], Effect]] = {
    "include": lambda document: Include(_selection(document)),
    "exclude": lambda document: Exclude(_selection(document)),
    "boost": _scale,
    "bury": _scale,
    "pin": lambda document: Pin(document["product_id"], document["slot"]),
    "cap": lambda document: CapGroups(
        _selection(document), document["most"], document["per"], document.get("depth") or 1
    ),
    "price_band": lambda document: PriceBand(
        _selection(document), document.get("price_min"), document.get("price_max")
    ),
    "in_stock": lambda document: InStock(_selection(document)),
    "price_floor": lambda document: PriceFloor(document["ratio"]),
}

TYPES = tuple(_EFFECTS)


def rule_of(document: Document) -> Rule:
    """The rule that a checked document describes; members that are absent or null set no limit."""
    return Rule(
        id=document["id"],
        name=document.get("name") or "",
        type=document["type"],
        effect=_EFFECTS[document["type"]](document),
        scope=_scope(document),
        enabled=document.get("enabled", True),
    )


def rules_of(documents: Sequence[Document]) -> tuple[Rule, ...]:
    """The rules of a revision, in its order."""
    return tuple(map(rule_of, documents))


def moment(text: str, zone: str | None) -> float:
    """Seconds since 1970 of an ISO 8601 time: with an offset of its own, or else in an IANA zone.

    A local time that a change of the clocks skips or repeats is taken by the clock before the change.

    Raises:
        ValueError: it is no such time, or has neither offset nor zone.
        ZoneInfoNotFoundError: there is no such zone.
    """
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        if not zone:
            raise ValueError("neither an offset nor a zone")
        time = time.replace(tzinfo=ZoneInfo(zone))
    return time.timestamp()


def _selection(document: Document) -> Selection:
    given = document.get("products") or {}
    return Selection(
        product_ids=tuple(given.get("product_ids") or ()),
        categories=tuple(" > ".join(category_path(path)) for path in given.get("categories") or ()),
        brands=tuple(given.get("brands") or ()),
        tags=tuple(given.get("tags") or ()),
        price_min=given.get("price_min"),
        price_max=given.get("price_max"),
    )


def _scope(document: Document) -> Scope:
    starts, ends, zone = (document.get(name) for name in ("from", "until", "zone"))
    category = document.get("context_category")
    return Scope(
        placements=tuple(document.get("placements") or ()),
        segments=tuple(document.get("segments") or ()),
        context_category=category_path(category) if category else None,
        starts_at=moment(starts, zone) if starts else -inf,
        ends_at=moment(ends, zone) if ends else inf,
    )
