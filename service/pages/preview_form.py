"""The console's form: the same parameters, under the same checks, as GET /v1/admin/preview."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import marshmallow as ma
from werkzeug.datastructures import MultiDict

from service.api.parameters import RecommendationQuerySchema
from service.serving import Query

ONE = ("visitor_id", "placement", "limit", "category")
SEVERAL = ("product_id", "exclude")
"""Several values stand one to a line, for an id may hold commas and blanks."""

DEFAULTS = {"placement": "for_you", "limit": "12"}


@dataclass(frozen=True)
class PreviewForm:
    """What was typed, and what it means.

    Attributes:
        values: by field, as typed, to be shown again.
        faults: by field, what is wrong.
        query: None where there are faults, or where nothing was asked yet.
    """

    values: Mapping[str, str]
    faults: Mapping[str, str]
    query: Query | None


def read_preview_form(arguments: MultiDict[str, str]) -> PreviewForm:
    """Read the form from the query string; a field left empty counts as not given."""
    values = {name: arguments.get(name, "").strip() for name in ONE}
    values |= {name: "\n".join(_lines(arguments.getlist(name))) for name in SEVERAL}
    if not any(values.values()):
        return PreviewForm(DEFAULTS, {}, None)
    given: dict[str, Any] = {name: values[name] for name in ONE if values[name]}
    given |= {name: values[name].split("\n") for name in SEVERAL if values[name]}
    try:
        checked = RecommendationQuerySchema().load(given)
    except ma.ValidationError as error:
        faults = {name: " ".join(_messages(found)) for name, found in error.normalized_messages().items()}
        return PreviewForm(values, faults, None)
    return PreviewForm({**DEFAULTS, **given, **{name: values[name] for name in SEVERAL}}, {}, _query(checked))


def _query(checked: Mapping[str, Any]) -> Query:
    return Query(
        placement=checked["placement"],
        visitor_id=checked["visitor_id"],
        customer_id=checked["visitor_id"],
        limit=checked["limit"],
        product_ids=tuple(dict.fromkeys(checked["product_id"])),
        exclude=frozenset(checked["excluded"]),
        category=checked["category"],
        include_product=True,
    )


def _lines(values: list[str]) -> Iterator[str]:
    return (line.strip() for value in values for line in value.splitlines() if line.strip())


def _messages(found: Any) -> Iterator[str]:
    """Marshmallow's messages; of a list's members, each once."""
    if isinstance(found, Mapping):
        yield from dict.fromkeys(message for one in found.values() for message in _messages(one))
    else:
        yield from found
