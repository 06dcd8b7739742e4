"""The one shape of every error: RFC 9457 problem details, `application/problem+json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import marshmallow as ma
import orjson
from flask import Response
from flask_smorest import Api
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

CONTENT_TYPE = "application/problem+json"


class BadParameterSchema(ma.Schema):
    """One bad parameter."""

    name = ma.fields.String()
    detail = ma.fields.String()


class ProblemSchema(ma.Schema):
    """An error, as RFC 9457 shapes it; for the OpenAPI document, nothing is dumped by it."""

    type = ma.fields.String(metadata={"description": "Always about:blank: the status says it all"})
    title = ma.fields.String(metadata={"description": "The status in words"})
    status = ma.fields.Integer(metadata={"description": "The HTTP status"})
    detail = ma.fields.String(metadata={"description": "What went wrong, and the cure where there is one"})
    errors = ma.fields.List(
        ma.fields.Nested(BadParameterSchema),
        metadata={"description": "One entry for each bad parameter; only with 422"},
    )


class Problem(HTTPException):
    """Raised to answer with an error."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: list[dict[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        """`errors`: {name, detail} for each bad parameter; `headers` and further `members`: to send along."""
        super().__init__(detail)
        self.code = status
        self.errors = errors
        self.headers = dict(headers or {})
        self.members = dict(members or {})


class ProblemApi(Api):
    """flask-smorest's Api with problem details in place of its own error body."""

    ERROR_SCHEMA = ProblemSchema

    def handle_http_exception(self, error: HTTPException) -> Response:
        return problem_response(error)


def problem_response(error: HTTPException) -> Response:
    """The response that says what an HTTPException means; redirects and ready responses pass unchanged."""
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTP_STATUS_CODES.get(error.code, "Error"),
        "status": error.code,
        "detail": error.description or "",
    }
    errors = getattr(error, "errors", None)
    if errors:
        body["errors"] = errors
    body |= getattr(error, "members", {})
    response = Response(orjson.dumps(body), status=error.code, content_type=CONTENT_TYPE)
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    response.headers.update(kept | getattr(error, "headers", {}))
    response.headers["Cache-Control"] = "no-store"
    return response


def unprocessable(messages: Mapping[str, Any]) -> NoReturn:
    """Answer 422 from marshmallow's messages, each bad parameter by its name.

    Raises:
        Problem: always.
    """
    refuse_parameters(named_faults(messages))


def refuse_parameters(errors: list[dict[str, str]]) -> NoReturn:
    """Answer 422 for these faults, {name, detail} each.

    Raises:
        Problem: always.
    """
    names = ", ".join(dict.fromkeys(error["name"] for error in errors))
    raise Problem(422, f"Bad parameters: {names}.", errors=errors)


def named_faults(messages: Mapping[str, Any]) -> list[dict[str, str]]:
    """Marshmallow's messages as {name, detail} for each fault; what is no object at all is named `body`."""
    return [
        {"name": "body" if name == ma.exceptions.SCHEMA else name, "detail": detail}
        for name, found in messages.items()
        for detail in _flat(found)
    ]


def _flat(found: Any) -> list[str]:
    """Marshmallow's messages are a list, or for the members of a list a mapping by position."""
    if isinstance(found, Mapping):
        return list(dict.fromkeys(detail for one in found.values() for detail in _flat(one)))
    return list(found)
