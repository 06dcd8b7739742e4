"""The storefront's question, answered before Flask takes it up, whose contexts cost as much as the answer.

Only the plain case: GET /v1/recommendations with a storefront's key, or with none where reads are public, for
a host that Flask has let pass before. Whatever is unusual, or wrong, goes on to Flask, whose view
(`service.api.recommendations`) gives the same answer. What is to guard each request, such as a limit of its
rate, has to stand before both.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from service.answers import Prepared
from service.api.access import ROLE, SERVICE, may_read_customers, role_of_bearer
from service.api.parameters import (
    KNOWN_QUERIES,
    PLACEMENTS,
    CheckedQueries,
    RecommendationQuerySchema,
    as_query,
)
from service.api.problems import Problem
from service.api.recommendations import PRIVATE
from service.metrics import count_answer, count_request
from service.routes import KnownRoutes

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

    from service.recommendations import Recommendations

_PATH = "/v1/recommendations"

_UNUSUAL = frozenset(("HTTP_ORIGIN", "HTTP_IF_NONE_MATCH"))
"""Headers that change the answer: browsers' rules about origins, and what the asker has already."""


class DirectAnswers:
    """WSGI middleware; `app.wsgi_app = DirectAnswers(app.wsgi_app, …)`."""

    def __init__(
        self,
        flask: WSGIApplication,
        service: Recommendations,
        routes: KnownRoutes,
        known_queries: Any,
        *,
        public_reads: bool,
    ) -> None:
        self._flask = flask
        self._service = service
        self._routes = routes
        self._known_queries = known_queries
        self._public_reads = public_reads
        self._queries = CheckedQueries(RecommendationQuerySchema())

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or let Flask answer."""
        if environ["PATH_INFO"] != _PATH or environ["REQUEST_METHOD"] != "GET":
            return self._flask(environ, start_response)
        began = time.perf_counter()
        try:
            answer = self._answer(environ)
        except Exception:  # noqa: BLE001
            answer = None  # Flask asks again, tells it, and answers with a problem
        if answer is None:
            return self._flask(environ, start_response)
        count_answer(answer.placement, answer.fallback)
        body = answer.body()
        content = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response("200 OK", [*content, ("ETag", f'W/"{answer.etag}"'), PRIVATE])
        count_request(_PATH, 200, time.perf_counter() - began)
        return (body,)

    def _answer(self, environ: dict[str, Any]) -> Prepared | None:
        if not _UNUSUAL.isdisjoint(environ) or self._routes.of(environ) is None:
            return None
        service = self._service
        service.start()
        role = role_of_bearer(environ, service)
        if role in (None, "public") and ("HTTP_AUTHORIZATION" in environ or not self._public_reads):
            return None
        environ |= {ROLE: role, SERVICE: service, KNOWN_QUERIES: self._known_queries}
        PLACEMENTS.set(service.placements)
        try:
            arguments = self._queries.of(environ)
        except Problem:
            return None
        trusted = may_read_customers(environ)
        return service.prepared(as_query(arguments, arguments["visitor_id"] if trusted else None))
