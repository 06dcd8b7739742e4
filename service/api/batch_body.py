"""The body of POST /v1/recommendations/batch: the queries of one page of the shop."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from service.api.json_fields import Whole
from service.api.parameters import MAX_CONTEXT_PRODUCTS, MAX_LIMIT, Cursor, PlacementName, Text, as_query
from service.api.problems import unprocessable
from service.api.schemas import AnswerSchema
from service.query import Query

MAX_QUERIES = 100

_AT_MOST = ma.validate.Length(max=MAX_CONTEXT_PRODUCTS, error="Must hold at most {max} products.")


class Include(ma.fields.List):
    """Names of members, in an array or a single one by itself: `"product"`, as in the query string."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        return super()._deserialize([value] if isinstance(value, str) else value, attr, data, **kwargs)


class BatchQuerySchema(ma.Schema):
    """One query, under the names of GET /v1/recommendations."""

    visitor_id = Text(load_default=None, allow_none=True)
    placement = PlacementName(load_default="for_you")
    limit = Whole(1, MAX_LIMIT, load_default=12, allow_none=False)
    product_id = ma.fields.List(Text(), load_default=(), validate=_AT_MOST)
    excluded = ma.fields.List(Text(), data_key="exclude", load_default=())
    category = Text(load_default=None, allow_none=True)
    include = Include(
        ma.fields.String(validate=ma.validate.OneOf(["product"], error="No such member; there is product.")),
        load_default=(),
    )
    cursor = Cursor(load_default=(), allow_none=True)


class BatchSchema(ma.Schema):
    """The queries of one page."""

    page_id = Text(
        load_default=None,
        allow_none=True,
        metadata={"description": "With it, no product stands in two of the answers; earlier queries first"},
    )
    queries = ma.fields.List(
        ma.fields.Nested(BatchQuerySchema),
        required=True,
        validate=ma.validate.Length(max=MAX_QUERIES, error="Must hold at most {max} queries."),
    )


class BatchAnswerSchema(ma.Schema):
    """The answers, in the order of the queries."""

    results = ma.fields.List(ma.fields.Nested(AnswerSchema))


BATCH_BODY = {"required": True, "content": {"application/json": {"schema": BatchSchema}}}

_BATCH = BatchSchema()


def checked_batch(body: Any, *, trusted: bool) -> list[Query]:
    """The queries, each with the page's id.

    Args:
        body: as parsed.
        trusted: whether the caller may read customers' lists.

    Raises:
        Problem: 422, with each fault, such as `queries.2.limit`.
    """
    try:
        checked = _BATCH.load(body)
    except ma.ValidationError as error:
        unprocessable(_by_path(error.normalized_messages()))
    page = {"page_id": checked["page_id"]}
    return [
        as_query(one | page | {"cursor": one["cursor"] or ()}, one["visitor_id"] if trusted else None)
        for one in checked["queries"]
    ]


def _by_path(messages: dict[Any, Any], path: str = "") -> dict[str, Any]:
    """`{"queries": {2: {"limit": […]}}}` → `{"queries.2.limit": […]}`."""
    found: dict[str, Any] = {}
    for name, below in messages.items():
        if isinstance(below, dict):
            found |= _by_path(below, f"{path}{name}.")
        else:
            found[f"{path}{name}"] = below
    return found
