"""GET /v1/recommendations and its preview: parse, answer, send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, request

from service.api.access import NEEDS_KEY, SERVICE, may_read_customers, requires
from service.api.batch_body import BATCH_BODY, BatchAnswerSchema, checked_batch
from service.api.bodies import json_body
from service.api.json_response import unkept_json
from service.api.parameters import ApiBlueprint, RecommendationQuerySchema, as_query
from service.api.preview_query import PreviewQuery, PreviewQuerySchema
from service.api.schemas import AnswerSchema, PreviewSchema
from service.metrics import count_answer
from service.query import Query
from service.recommendations import Recommendations

blueprint = ApiBlueprint("recommendations", __name__, url_prefix="/v1", description="What to show to whom.")

PRIVATE = ("Cache-Control", "private, no-cache")


@blueprint.get("/recommendations")
@blueprint.arguments(RecommendationQuerySchema(), location="query")
@blueprint.alt_response(200, schema=AnswerSchema)
@blueprint.doc(security=NEEDS_KEY)
@requires("public")
def recommendations(arguments: dict[str, Any]) -> Response:
    """The best list for a visitor and a placement."""
    environ = request.environ
    answer = environ[SERVICE].prepared(_query(arguments, environ))
    count_answer(answer.placement, answer.fallback)
    headers = [("ETag", f'W/"{answer.etag}"'), PRIVATE]
    if "HTTP_IF_NONE_MATCH" in environ and request.if_none_match.contains_weak(answer.etag):
        return Response(status=304, headers=headers)
    return Response(answer.body(), headers=headers, content_type="application/json")


@blueprint.post("/recommendations/batch")
@blueprint.alt_response(200, schema=BatchAnswerSchema)
@blueprint.doc(security=NEEDS_KEY, requestBody=BATCH_BODY)
@requires("public")
def batch() -> Response:
    """The lists of a whole page; with a page_id no product stands in two of them, earlier queries first."""
    trusted = may_read_customers(request.environ)
    answers = _service().page(checked_batch(json_body(), trusted=trusted))
    for answer in answers:
        count_answer(answer["placement"], answer["fallback"])
    return unkept_json({"results": answers})


@blueprint.get("/admin/preview")
@blueprint.arguments(PreviewQuerySchema(), location="query")
@blueprint.alt_response(200, schema=PreviewSchema)
@blueprint.doc(security=NEEDS_KEY)
@requires("merchandiser")
def preview(arguments: dict[str, Any]) -> Response:
    """The same answer, with a trace of how it came about; counted as no recommendation."""
    return unkept_json(PreviewQuery.of(arguments).answered(_service()))


def _query(arguments: dict[str, Any], environ: Mapping[str, Any]) -> Query:
    return as_query(arguments, arguments["visitor_id"] if may_read_customers(environ) else None)


def _service() -> Recommendations:
    return current_app.extensions["recommendations"]
