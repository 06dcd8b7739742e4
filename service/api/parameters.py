"""Query parameters: read as strict UTF-8 from the raw bytes, checked by marshmallow, each fault named."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from contextvars import ContextVar
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl

import marshmallow as ma
from flask import request
from flask_smorest import Blueprint
from webargs.flaskparser import FlaskParser

from service.api.problems import unprocessable
from service.cursor import decode_cursor
from service.lru import LRU
from service.query import Query

MAX_LIMIT = 100
MAX_CONTEXT_PRODUCTS = 100
MAX_ID_LENGTH = 256

KNOWN_QUERIES = "recommendations.known_queries"
"""Where an application, and the environment of its requests, has the query strings that were checked."""
MAX_KNOWN_QUERIES, MAX_KNOWN_LENGTH = 5_000, 300
"""How many, and how long they may be: some 3 MB."""

PLACEMENTS: ContextVar[Collection[str]] = ContextVar("placements")
"""The names of the placements there are; set where a request comes in."""

_Fields = Mapping[str, tuple[str, ma.fields.Field]]
"""Parameter → name in the schema, and field."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_NOT_UTF8 = re.compile("[\ud800-\udfff]")
_LIMIT = re.compile("[0-9]{1,3}")


class _Once(ma.fields.Field):
    """A parameter that may be given once. The parser hands repeated ones over as a list."""

    def deserialize(self, value: Any, attr: Any = None, data: Any = None, **kwargs: Any) -> Any:
        if isinstance(value, list):
            raise ma.ValidationError("Must be given only once.")
        return super().deserialize(value, attr, data, **kwargs)


class Text(ma.fields.String):
    """1 to 256 characters of valid UTF-8 without control characters, compared exactly."""

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        """As in marshmallow, but at once for what is plainly right, as most shops' ids are."""
        plain = isinstance(value, str) and value.isascii() and value.isprintable()
        if plain and 1 <= len(value) <= MAX_ID_LENGTH and not self.validators:
            return value
        return super().deserialize(value, attr, data, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ma.ValidationError("Must be text.")
        if _NOT_UTF8.search(value):
            raise ma.ValidationError("Must be valid UTF-8.")
        if not 1 <= len(value) <= MAX_ID_LENGTH:
            raise ma.ValidationError(f"Must have 1 to {MAX_ID_LENGTH} characters.")
        if _CONTROL.search(value):
            raise ma.ValidationError("Must not hold control characters.")
        return value


class OneText(_Once, Text):
    """A `Text` that may be given once."""


_LIMITS = {str(number): number for number in range(1, MAX_LIMIT + 1)}


class Limit(_Once, ma.fields.Integer):
    """A whole number of 1 to 100, in ASCII digits: marshmallow alone takes "1_0", " 12 " and "٣"."""

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        """As in marshmallow, but at once for a limit as it is usually written."""
        known = _LIMITS.get(value) if isinstance(value, str) else None
        return super().deserialize(value, attr, data, **kwargs) if known is None else known

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not _LIMIT.fullmatch(value) or not 1 <= int(value) <= MAX_LIMIT:
            raise ma.ValidationError(f"Must be a whole number from 1 to {MAX_LIMIT}.")
        return int(value)


class PlacementName(OneText):
    """The name of a configured placement."""

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        """The name, if there is such a placement."""
        name = super().deserialize(value, attr, data, **kwargs)
        known = PLACEMENTS.get()
        if name not in known:
            raise ma.ValidationError(f"No such placement; there are {', '.join(known)}.")
        return name


class Cursor(_Once, ma.fields.String):
    """The `next_cursor` of an answer, read into what earlier pages showed."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return decode_cursor(super()._deserialize(value, attr, data, **kwargs))
        except ValueError as error:
            raise ma.ValidationError("Must be the next_cursor of an answer, as it was sent.") from error


class RecommendationQuerySchema(ma.Schema):
    """The query of GET /v1/recommendations and of the preview."""

    visitor_id = OneText(
        load_default=None,
        metadata={"description": "A customer's id, or any id of a visitor; without it, anonymous"},
    )
    placement = PlacementName(
        load_default="for_you",
        metadata={"description": "Which list: see the page on placements"},
    )
    limit = Limit(
        load_default=12,
        metadata={"description": "Items at most", "minimum": 1, "maximum": MAX_LIMIT},
    )
    product_id = ma.fields.List(
        Text(),
        load_default=(),
        validate=ma.validate.Length(max=MAX_CONTEXT_PRODUCTS, error="Must be given at most {max} times."),
        metadata={"description": "The page's or the cart's products; repeatable; never in the answer"},
    )
    excluded = ma.fields.List(
        Text(),
        data_key="exclude",
        load_default=(),
        metadata={"description": "Products that must not be in the answer; repeatable"},
    )
    category = OneText(
        load_default=None,
        metadata={"description": "Only products at or below this category path, such as `A > B`"},
    )
    include = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf(["product"], error="No such member; there is product.")),
        load_default=(),
        metadata={"description": "`product`: each item carries the product's title, price and so on"},
    )
    page_id = OneText(
        load_default=None,
        metadata={"description": "One view of a page of the shop: its queries show no product twice"},
    )
    cursor = Cursor(
        load_default=(),
        metadata={"description": "`next_cursor` of the page before: what comes after it, without repeats"},
    )


def as_query(arguments: Mapping[str, Any], customer_id: str | None) -> Query:
    """The question that checked `RecommendationQuerySchema` arguments put.

    Args:
        arguments: as the schema loaded them.
        customer_id: whose lists may be read; None for an anonymous visitor.
    """
    return Query(
        placement=arguments["placement"],
        visitor_id=arguments["visitor_id"],
        customer_id=customer_id,
        limit=arguments["limit"],
        product_ids=tuple(dict.fromkeys(arguments["product_id"])),
        exclude=frozenset(arguments["excluded"]),
        category=arguments["category"],
        include_product="product" in arguments["include"],
        seen=arguments["cursor"],
        page_id=arguments["page_id"],
    )


class CheckedQueries:
    """Query strings, checked by a schema without hooks of its own; an application remembers the latest."""

    def __init__(self, schema: ma.Schema) -> None:
        self._fields = {field.data_key or name: (name, field) for name, field in schema.fields.items()}
        self._defaults = {name: field.load_default for name, field in self._fields.values()}

    def of(self, environ: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments in a request's query string.

        Raises:
            Problem: 422, with each bad parameter.
        """
        raw: str = environ.get("QUERY_STRING", "")
        # An application's own: it depends on its placements what is right.
        known: LRU[Any, dict[str, Any]] = environ[KNOWN_QUERIES]
        loaded = known.get((self, raw))
        if loaded is None:
            loaded = self._defaults | _loaded(raw.encode("latin-1"), self._fields)
            if len(raw) <= MAX_KNOWN_LENGTH:
                known.put_again((self, raw), loaded)
        return loaded


class QueryParser(FlaskParser):
    """webargs' parser for bodies; a query string is read by us, and its fields are loaded one by one.

    Schema.load and webargs' wrapper around it would take longer than all the rest of an answer.
    """

    def use_args(self, argmap: Any, *args: Any, location: str | None = None, **kwargs: Any) -> Any:
        """As in webargs; for `location="query"` it takes a schema without hooks of its own."""
        if location != "query":
            return super().use_args(argmap, *args, location=location, **kwargs)
        queries = CheckedQueries(argmap)

        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            act = _without_pass_through(view)

            @wraps(view)
            def with_query(*view_args: Any, **view_kwargs: Any) -> Any:
                return act(queries.of(request.environ), *view_args, **view_kwargs)

            return with_query

        return decorate


def _without_pass_through(view: Callable[..., Any]) -> Callable[..., Any]:
    """The view under flask-smorest's wrappers, which document it and then only call on."""
    while view.__globals__["__name__"].startswith("flask_smorest."):
        view = view.__wrapped__  # type: ignore[attr-defined]
    return view


def _loaded(raw: bytes, fields: _Fields) -> dict[str, Any]:
    """The checked values of a query string by their fields' names.

    Raises:
        Problem: 422, with each bad parameter.
    """
    loaded: dict[str, Any] = {}
    faults: dict[str, Any] = {}
    for parameter, value in _given(raw, fields).items():
        name, field = fields[parameter]
        try:
            loaded[name] = field.deserialize(value)
        except ma.ValidationError as error:
            faults[parameter] = error.messages
    if faults:
        unprocessable(faults)
    return loaded


def _given(raw: bytes, fields: _Fields) -> dict[str, Any]:
    """Values by parameter; a list where the field is one, or where a single value was given several times."""
    # Werkzeug would hand "%FF" over as text; surrogates mark such bytes until the field refuses them.
    values: dict[str, Any] = {}
    for parameter, value in _pairs(raw.decode("utf-8", "surrogateescape")):
        if parameter not in fields:
            continue
        if isinstance(fields[parameter][1], ma.fields.List):
            values.setdefault(parameter, []).append(value)
        else:
            values[parameter] = [value] if parameter in values else value
    return values


def _pairs(text: str) -> Iterable[tuple[str, str]]:
    if "%" in text or "+" in text:
        return parse_qsl(text, keep_blank_values=True, errors="surrogateescape")
    # Nothing is encoded, as with most ids: the same in a fifth of the time.
    return [(name, value) for name, _, value in (part.partition("=") for part in text.split("&") if part)]


class ApiBlueprint(Blueprint):
    """flask-smorest's Blueprint with strict query parameters."""

    ARGUMENTS_PARSER = QueryParser()
