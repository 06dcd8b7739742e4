"""Rules as people send them: checked by marshmallow, each fault named by its place, with the cure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import marshmallow as ma

from service.api.json_fields import Number, Truth, Whole
from service.api.parameters import Text
from service.rules.document import TYPES, moment
from service.rules.rule import CAP_GROUPS, MAX_SLOT, SEGMENTS, category_path

MAX_IDS = 1000
MAX_NAMES = 100
MAX_FACTOR = 100
MAX_DEPTH = 10
MAX_RATIO = 100

_EARLIEST, _LATEST = 946_684_800, 4_102_444_800
"""2000 and 2100, in seconds since 1970."""

NEEDED: Mapping[str, tuple[str, ...]] = {
    "include": ("products",),
    "exclude": ("products",),
    "boost": ("products", "factor"),
    "bury": ("products", "factor"),
    "pin": ("product_id", "slot"),
    "cap": ("most", "per"),
    "price_band": (),
    "in_stock": (),
    "price_floor": ("ratio",),
}
"""Members that a rule of each type must have."""

ALLOWED: Mapping[str, tuple[str, ...]] = {
    **NEEDED,
    "cap": ("products", "most", "per", "depth"),
    "price_band": ("products", "price_min", "price_max"),
    "in_stock": ("products",),
}
"""Members that it may have, besides those of every rule."""

EFFECT_MEMBERS = tuple(dict.fromkeys(member for members in ALLOWED.values() for member in members))


class CategoryPath(Text):
    """A path such as `Drinks > Tea`, its blanks made even."""

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        """The path with one blank on either side of each `>`."""
        path = super().deserialize(value, attr, data, **kwargs)
        if isinstance(path, str) and not category_path(path):
            raise ma.ValidationError("Must name a category, as in Drinks > Tea.")
        return " > ".join(category_path(path)) if isinstance(path, str) else path


def _texts(field: Text, most: int, description: str) -> ma.fields.List:
    error = f"Must have at most {most} values."
    return ma.fields.List(
        field,
        allow_none=True,
        validate=ma.validate.Length(max=most, error=error),
        metadata={"description": description},
    )


def _choice(names: tuple[str, ...], **kwargs: Any) -> ma.fields.String:
    return ma.fields.String(validate=ma.validate.OneOf(names, error="Must be one of {choices}."), **kwargs)


class SelectionSchema(ma.Schema):
    """Products: those that meet every condition given; of several values of one, any."""

    product_ids = _texts(Text(), MAX_IDS, "These very products")
    categories = _texts(CategoryPath(), MAX_NAMES, "At or below one of these paths")
    brands = _texts(Text(), MAX_NAMES, "Of one of these brands")
    tags = _texts(Text(), MAX_NAMES, "With one of these tags")
    price_min = Number(0, 1e9)
    price_max = Number(0, 1e9)

    @ma.validates_schema
    def _check(self, data: Mapping[str, Any], **_: Any) -> None:
        _check_bounds(data)


class RuleSchema(ma.Schema):
    """One rule; which members it needs depends on its type."""

    class Meta:
        # A member's name that is a word of Python.
        include = {"from": Text(allow_none=True, metadata={"description": "ISO 8601; from then on"})}  # noqa: RUF012

    id = ma.fields.String(
        required=True,
        validate=ma.validate.Regexp(
            r"[A-Za-z0-9_-]{1,64}\Z", error="Must be 1 to 64 letters, digits, - and _."
        ),
        metadata={"description": "Unique among the rules"},
    )
    name = Text(allow_none=True, metadata={"description": "For people"})
    type = _choice(TYPES, required=True)
    enabled = Truth(metadata={"description": "false: it does nothing; true"})
    products = ma.fields.Nested(SelectionSchema, allow_none=True)
    factor = Number(0, MAX_FACTOR, metadata={"description": "Scores are multiplied by it"})
    product_id = Text(allow_none=True, metadata={"description": "What is pinned"})
    slot = Whole(1, MAX_SLOT, metadata={"description": "Where, from 1"})
    most = Whole(1, MAX_SLOT, metadata={"description": "Products of one group at most"})
    per = _choice(CAP_GROUPS, allow_none=True, metadata={"description": "What a group is"})
    depth = Whole(1, MAX_DEPTH, metadata={"description": "Names of a category's path that tell groups; 1"})
    price_min = Number(0, 1e9)
    price_max = Number(0, 1e9)
    ratio = Number(0, MAX_RATIO, metadata={"description": "Of the context product's price, at least"})
    placements = _texts(Text(), MAX_NAMES, "Where it holds; none: everywhere")
    segments = ma.fields.List(_choice(SEGMENTS), allow_none=True, metadata={"description": "For whom"})
    context_category = CategoryPath(
        allow_none=True, metadata={"description": "The page's product is at or below it"}
    )
    until = Text(allow_none=True, metadata={"description": "ISO 8601; until just before"})
    zone = Text(
        allow_none=True, metadata={"description": "IANA name, for times without an offset: Europe/Berlin"}
    )

    @ma.validates_schema
    def _check_members(self, data: Mapping[str, Any], **_: Any) -> None:
        kind = data["type"]
        given = {member for member in EFFECT_MEMBERS if _is_given(data.get(member))}
        faults = dict.fromkeys(set(NEEDED[kind]) - given, f"A rule of the type {kind} needs it.")
        faults |= {
            member: f"A rule of the type {kind} has no {member}." for member in given - {*ALLOWED[kind]}
        }
        if kind == "price_band" and not given & {"price_min", "price_max"}:
            faults["price_min"] = "A price band needs a price_min, a price_max, or both."
        if kind == "cap" and data.get("per") == "brand" and data.get("depth") is not None:
            faults["depth"] = "Only categories have a depth; leave it out, or say per category."
        if faults:
            raise ma.ValidationError({member: [detail] for member, detail in faults.items()})
        _check_bounds(data)
        _check_factor(kind, data.get("factor"), data.get("ratio"))

    @ma.validates_schema
    def _check_schedule(self, data: Mapping[str, Any], **_: Any) -> None:
        zone = data.get("zone")
        if zone is not None and zone not in known_zones():
            raise ma.ValidationError("No such zone; name one as in Europe/Berlin.", "zone")
        times = {name: _time(name, data[name], zone) for name in ("from", "until") if data.get(name)}
        if len(times) == 2 and times["until"] <= times["from"]:
            raise ma.ValidationError("Must be later than from.", "until")

    @ma.post_load
    def _without_empty(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        if data.get("products"):
            data["products"] = {name: value for name, value in data["products"].items() if _is_given(value)}
        return {name: value for name, value in data.items() if _is_given(value)}


@cache
def known_zones() -> frozenset[str]:
    """IANA names of time zones. Finding them all reads hundreds of files."""
    return frozenset(available_timezones())


def faults_of(messages: Mapping[str | int, Any], within: str = "") -> Iterator[dict[str, str]]:
    """Marshmallow's nested messages as {name, detail}, with names as in `rules[2].products.brands[0]`."""
    for name, found in messages.items():
        if name == "_schema":
            path = within or "body"
        elif isinstance(name, int):
            path = f"{within}[{name}]"
        else:
            path = f"{within}.{name}" if within else name
        if isinstance(found, Mapping):
            yield from faults_of(found, path)
        else:
            yield from ({"name": path, "detail": detail} for detail in found)


def _is_given(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_is_given, value.values()))
    return value is not None and value != [] and value != ""


def _check_bounds(data: Mapping[str, Any]) -> None:
    low, high = data.get("price_min"), data.get("price_max")
    if low is not None and high is not None and low > high:
        raise ma.ValidationError("Must not be above price_max.", "price_min")


def _check_factor(kind: str, factor: float | None, ratio: float | None) -> None:
    if kind == "boost" and factor is not None and factor <= 1:
        raise ma.ValidationError("A boost's factor is above 1; to lower scores, bury.", "factor")
    if kind == "bury" and factor is not None and not 1 / MAX_FACTOR <= factor < 1:
        raise ma.ValidationError("A burial's factor is at least 0.01 and below 1.", "factor")
    if kind == "price_floor" and ratio is not None and ratio <= 0:
        raise ma.ValidationError("Must be above 0.", "ratio")


def _time(name: str, text: str, zone: str | None) -> float:
    try:
        time = moment(text, zone)
    except (ValueError, OverflowError) as error:
        detail = "Must be ISO 8601 with an offset (2026-11-27T09:00+01:00), or without one and with a zone."
        raise ma.ValidationError(detail, name) from error
    if not _EARLIEST <= time < _LATEST:
        raise ma.ValidationError("Must be a time from 2000 to 2099.", name)
    return time
