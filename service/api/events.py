"""POST /v1/events: check each event by itself, record what is sound, say what was not."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response, current_app, request

from service.api.access import NEEDS_KEY, may_read_customers, requires
from service.api.bodies import json_body
from service.api.event_schema import EventSchema, checked_event
from service.api.json_response import unkept_json
from service.api.parameters import ApiBlueprint
from service.api.problems import BadParameterSchema, named_faults, unprocessable
from service.event_intake import EventIntake
from service.store.events import Event

MAX_EVENTS = 500

blueprint = ApiBlueprint("events", __name__, url_prefix="/v1", description="What visitors do.")

_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "oneOf": [EventSchema, {"type": "array", "items": EventSchema, "maxItems": MAX_EVENTS}]
            }
        }
    },
}


class RejectedSchema(ma.Schema):
    """An event that was not recorded."""

    index = ma.fields.Integer(metadata={"description": "Its place in the array, from 0"})
    errors = ma.fields.List(ma.fields.Nested(BadParameterSchema))


class TakenSchema(ma.Schema):
    """What became of the events."""

    accepted = ma.fields.Integer()
    duplicates = ma.fields.Integer(metadata={"description": "Recorded before, or twice in this request"})
    rejected = ma.fields.List(ma.fields.Nested(RejectedSchema))


@blueprint.post("/events")
@blueprint.alt_response(202, schema=TakenSchema)
@blueprint.doc(security=NEEDS_KEY, requestBody=_BODY)
@requires("public", writes=True)
def record_events() -> Response:
    """Record up to 500 events; the visitor's next answer takes account of them."""
    events, rejected = _checked(_sent(json_body()))
    accepted = 0
    if events:
        taken = _intake().record(
            events,
            of_customers=may_read_customers(request.environ),
            user_agent=request.environ.get("HTTP_USER_AGENT"),
        )
        accepted = sum(taken)
    answer = {"accepted": accepted, "duplicates": len(events) - accepted, "rejected": rejected}
    return unkept_json(answer, 202)


def _sent(body: Any) -> list[Any]:
    if isinstance(body, dict):
        return [body]
    if not isinstance(body, list):
        unprocessable({"body": ["Must be an event, or an array of events."]})
    if len(body) > MAX_EVENTS:
        unprocessable({"body": [f"Must hold at most {MAX_EVENTS} events; this one holds {len(body)}."]})
    return body


def _checked(sent: list[Any]) -> tuple[list[Event], list[dict[str, Any]]]:
    """The sound events, and what is wrong with the others."""
    events, rejected = [], []
    for index, one in enumerate(sent):
        try:
            events.append(checked_event(one))
        except ma.ValidationError as error:
            rejected.append({"index": index, "errors": named_faults(error.normalized_messages())})
    return events, rejected


def _intake() -> EventIntake:
    return current_app.extensions["events"]
