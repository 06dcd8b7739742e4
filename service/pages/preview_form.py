"""The console's form: the same parameters, under the same checks, as GET /v1/admin/preview."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import marshmallow as ma

from service.api.preview_query import PreviewQuery, PreviewQuerySchema

ONE = ("visitor_id", "placement", "limit", "category", "at", "rules")
SEVERAL = ("product_id", "exclude")
"""Several values stand one to a line, for an id may hold commas and blanks."""

DEFAULTS = {"placement": "for_you", "limit": "12", "rules": "live"}

_LINE_END = re.compile("\r\n|\r|\n")
"""What browsers send between lines; str.splitlines would also part ids that hold rarer separators."""


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
    query: PreviewQuery | None


def read_preview_form(raw: bytes) -> PreviewForm:
    """Read the form from the query string; a field left empty counts as not given."""
    # As the API reads it: surrogates mark what is no UTF-8 until the schema refuses them.
    sent = parse_qs(raw.decode("utf-8", "surrogateescape"), errors="surrogateescape")
    given: dict[str, Any] = {name: _one(sent[name]) for name in ONE if name in sent}
    given |= {name: lines for name in SEVERAL if (lines := list(_lines(sent.get(name, []))))}
    if not given:
        return PreviewForm(DEFAULTS, {}, None)
    values = {name: _shown(sent.get(name, [])[:1]) for name in ONE}
    values |= {name: _shown(given.get(name, [])) for name in SEVERAL}
    try:
        checked = PreviewQuerySchema().load(given | {"include": ["product"]})
    except ma.ValidationError as error:
        faults = {name: " ".join(_messages(found)) for name, found in error.normalized_messages().items()}
        return PreviewForm(values, faults, None)
    shown = {name: value for name, value in values.items() if value}
    return PreviewForm(DEFAULTS | shown, {}, PreviewQuery.of(checked))


def _lines(values: list[str]) -> Iterator[str]:
    return (line for value in values for line in _LINE_END.split(value) if line)


def _one(values: list[str]) -> str | list[str]:
    """The value; all of them where there are several, which the schema refuses."""
    return values[0] if len(values) == 1 else values


def _shown(values: list[str]) -> str:
    """One value to a line, with U+FFFD for each byte that is no UTF-8 and could not be sent back."""
    return "\n".join(values).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _messages(found: Any) -> Iterator[str]:
    """Marshmallow's messages; of a list's members, each once."""
    if isinstance(found, Mapping):
        yield from dict.fromkeys(message for one in found.values() for message in _messages(one))
    else:
        yield from found
