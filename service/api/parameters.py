"""Query parameters: read as strict UTF-8 from the raw bytes, checked by marshmallow, each fault named."""

from __future__ import annotations

import re
from typing import Any, NoReturn
from urllib.parse import parse_qsl

import marshmallow as ma
from flask import Request, current_app
from flask_smorest import Blueprint
from webargs.flaskparser import FlaskParser

from service.api.problems import unprocessable

MAX_LIMIT = 100
MAX_CONTEXT_PRODUCTS = 100
MAX_ID_LENGTH = 256

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

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if _NOT_UTF8.search(value):
            raise ma.ValidationError("Must be valid UTF-8.")
        if not 1 <= len(value) <= MAX_ID_LENGTH:
            raise ma.ValidationError(f"Must have 1 to {MAX_ID_LENGTH} characters.")
        if _CONTROL.search(value):
            raise ma.ValidationError("Must not hold control characters.")
        return value


class OneText(_Once, Text):
    """A `Text` that may be given once."""


class Limit(_Once, ma.fields.Integer):
    """A whole number of 1 to 100, in ASCII digits: marshmallow alone takes "1_0", " 12 " and "٣"."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not _LIMIT.fullmatch(value) or not 1 <= int(value) <= MAX_LIMIT:
            raise ma.ValidationError(f"Must be a whole number from 1 to {MAX_LIMIT}.")
        return int(value)


def _known_placement(name: str) -> None:
    known = current_app.extensions["recommendations"].placements
    if name not in known:
        raise ma.ValidationError(f"No such placement; there are {', '.join(known)}.")


class RecommendationQuerySchema(ma.Schema):
    """The query of GET /v1/recommendations and of the preview."""

    visitor_id = OneText(
        load_default=None,
        metadata={"description": "A customer's id, or any id of a visitor; without it, anonymous"},
    )
    placement = OneText(
        load_default="for_you",
        validate=_known_placement,
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


class QueryParser(FlaskParser):
    """webargs' parser over our own reading of the query string, with our own error."""

    def load_querystring(self, req: Request, schema: ma.Schema) -> dict[str, Any]:
        """Values by name; a list where the field is a list, or where a single one was given several times."""
        # Werkzeug would hand "%FF" over as text; surrogates mark such bytes until the field refuses them.
        text = req.query_string.decode("utf-8", "surrogateescape")
        values: dict[str, Any] = {}
        fields = {field.data_key or name: field for name, field in schema.fields.items()}
        for name, value in parse_qsl(text, keep_blank_values=True, errors="surrogateescape"):
            field = fields.get(name)
            if field is None:
                continue
            if isinstance(field, ma.fields.List):
                values.setdefault(name, []).append(value)
            elif name in values:
                values[name] = [value]
            else:
                values[name] = value
        return values

    def handle_error(
        self, error: ma.ValidationError, req: Request, schema: ma.Schema, **kwargs: Any
    ) -> NoReturn:
        unprocessable(error.normalized_messages().get("query", error.messages))


class ApiBlueprint(Blueprint):
    """flask-smorest's Blueprint with strict query parameters."""

    ARGUMENTS_PARSER = QueryParser()
