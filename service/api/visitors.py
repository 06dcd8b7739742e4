"""POST /v1/visitors/identify: who a visitor is."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response, current_app

from service.api.access import NEEDS_KEY, requires
from service.api.bodies import json_body
from service.api.parameters import ApiBlueprint, Text
from service.api.problems import unprocessable

blueprint = ApiBlueprint("visitors", __name__, url_prefix="/v1/visitors", description="Who visitors are.")


class IdentitySchema(ma.Schema):
    """A visitor, and the customer that the visitor has turned out to be."""

    visitor_id = Text(required=True, metadata={"description": "As in events before the visitor signed in"})
    customer_id = Text(required=True, metadata={"description": "As in the orders"})


_IDENTITY = IdentitySchema()
_BODY = {"required": True, "content": {"application/json": {"schema": IdentitySchema}}}


@blueprint.post("/identify")
@blueprint.alt_response(204, description="From now on the visitor is the customer")
@blueprint.doc(security=NEEDS_KEY, requestBody=_BODY)
@requires("storefront")
def identify() -> Response:
    """Make the visitor the customer; what the visitor did becomes the customer's. Twice is once."""
    checked = _identity(json_body())
    current_app.extensions["events"].identify(checked["visitor_id"], checked["customer_id"])
    return Response(status=204)


def _identity(body: Any) -> dict[str, str]:
    try:
        return _IDENTITY.load(body)
    except ma.ValidationError as error:
        unprocessable(error.normalized_messages())
