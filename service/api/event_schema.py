"""One event as the storefront sends it: checked by marshmallow, each fault named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import marshmallow as ma

from service.api.parameters import Text
from service.store.events import TYPES, Event

MAX_AHEAD = timedelta(hours=24)
"""How far a clock may be ahead; an event from so near a future counts as of now."""

EARLIEST = timedelta(days=3653)
"""Older than that is a mistake in units, not an event that comes late."""

MAX_RANK = 10_000
MAX_QUANTITY = 1_000_000
MAX_PRICE = 1e9


class Occurred(ma.fields.Field):
    """ISO 8601 with a zone → ms since 1970, never in the future."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str):
            raise ma.ValidationError("Must be text: ISO 8601 with a zone.")
        try:
            at = datetime.fromisoformat(value)
        except ValueError as error:
            raise ma.ValidationError("Must be ISO 8601, as in 2026-11-23T13:05:01Z.") from error
        if at.tzinfo is None:
            raise ma.ValidationError("Must have a zone, as in 2026-11-23T13:05:01Z.")
        return _plausible_ms(at)


def _plausible_ms(at: datetime) -> int:
    now = datetime.now(UTC)
    try:
        age = now - at
    except OverflowError as error:
        raise ma.ValidationError("Must be a time of our days.") from error
    if age < -MAX_AHEAD:
        raise ma.ValidationError("Must not be more than 24 hours ahead.")
    if age > EARLIEST:
        raise ma.ValidationError("Must not be more than ten years ago.")
    return int(min(at, now).timestamp() * 1000)


class Price(ma.fields.Float):
    """A finite JSON number of at least 0."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        number = not isinstance(value, bool) and isinstance(value, int | float)
        if not number or not 0 <= value <= MAX_PRICE:
            raise ma.ValidationError("Must be a number from 0 to 1,000,000,000.")
        return float(value)


def _whole(most: int, description: str) -> ma.fields.Integer:
    within = ma.validate.Range(1, most, error="Must be a whole number from {min} to {max}.")
    words: dict[str, Any] = {"invalid": f"Must be a whole number from 1 to {most}."}
    metadata = {"description": description}
    return ma.fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=within, error_messages=words,
        metadata=metadata,
    )  # fmt: skip


def _optional(description: str) -> Text:
    return Text(load_default=None, allow_none=True, metadata={"description": description})


class EventSchema(ma.Schema):
    """What a visitor did with a product."""

    event_id = Text(
        required=True, metadata={"description": "Of your making, unique: sent twice, it counts once"}
    )
    type = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(TYPES, error="Must be one of {choices}."),
    )
    visitor_id = Text(required=True, metadata={"description": "As in GET /v1/recommendations"})
    product_id = Text(required=True)
    at_ms = Occurred(
        required=True,
        data_key="occurred_at",
        metadata={"type": "string", "format": "date-time", "description": "ISO 8601 with a zone"},
    )
    recommendation_id = _optional("Of the answer that showed the product")
    placement = _optional("Where it was shown")
    rank = _whole(MAX_RANK, "Its place in the answer, from 1")
    order_id = _optional("Of a purchase: the order's id, as in your orders")
    quantity = _whole(MAX_QUANTITY, "Of a purchase, or of what goes into or out of the cart; 1")
    unit_price = Price(
        load_default=None,
        allow_none=True,
        metadata={"description": "Of a purchase: price of one", "minimum": 0},
    )


_FIELDS = {field.data_key or name: (name, field) for name, field in EventSchema().fields.items()}
_REQUIRED = [name for name, (_, field) in _FIELDS.items() if field.required]


def checked_event(sent: Any) -> Event:
    """The event that a member of a request's array is. Field by field: Schema.load takes twice as long.

    Raises:
        marshmallow.ValidationError: it is none; `messages` names each fault, by the member's name.
    """
    if not isinstance(sent, dict):
        raise ma.ValidationError("Must be an object.")
    values: dict[str, Any] = {}
    faults: dict[str, Any] = {}
    for member, value in sent.items():
        if member not in _FIELDS:
            faults[member] = ["Unknown field."]
            continue
        name, field = _FIELDS[member]
        try:
            values[name] = field.deserialize(value)
        except ma.ValidationError as error:
            faults[member] = error.messages
    faults |= {member: ["Missing data for required field."] for member in _REQUIRED if member not in sent}
    if faults:
        raise ma.ValidationError(faults)
    return Event(**values)
