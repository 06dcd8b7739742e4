"""Responses of JSON: those that are sent thousands of times a second, and all others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from flask import Response

HeaderList = list[tuple[str, str]]


class JsonResponse(Response):
    """For the answers that are sent thousands of times a second.

    A plain Response checks its headers one by one, copies them before it sends them, corrects Location and
    Content-Location, of which there are none here, and wraps the body twice. That takes longer than finding
    the list.
    """

    def __init__(self, body: bytes, own_headers: HeaderList) -> None:
        """`own_headers` are sent as they are, without a look at them."""
        super().__init__(body, content_type="application/json")
        self._own_headers = own_headers

    def get_wsgi_response(self, environ: dict[str, Any]) -> tuple[Iterable[bytes], str, HeaderList]:
        """As Response's, for a body of bytes and any status but 1xx, 204 and 304."""
        # As its constructor left them: one piece, and its length among the headers.
        body: Any = () if environ["REQUEST_METHOD"] == "HEAD" else self.response
        return body, self.status, [*self.headers.to_wsgi_list(), *self._own_headers]


def unkept_json(body: Mapping[str, Any], status: int = 200) -> Response:
    """The body as JSON, which no cache may keep: for what is asked for a few times an hour."""
    headers = {"Cache-Control": "no-store"}
    return Response(orjson.dumps(body), status, headers, content_type="application/json")
