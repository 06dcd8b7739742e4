"""The web application: `create_app()` puts settings, store, endpoints and error shape together."""

from __future__ import annotations

import atexit
import re
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, Request, Response, request
from flask.ctx import RequestContext
from flask_cors import CORS
from gevent import monkey
from gevent.lock import Semaphore as GreenletSemaphore
from redis import RedisError, ResponseError
from redis.backoff import NoBackoff
from redis.retry import Retry
from werkzeug.routing import MapAdapter

from service import commands
from service.api import (
    documentation,
    erasure,
    events,
    exports,
    later,
    operations,
    recommendations,
    rules,
    versions,
    visitors,
)
from service.api.access import SECURITY_SCHEME, SERVICE
from service.api.direct import DirectAnswers
from service.api.parameters import KNOWN_QUERIES, MAX_KNOWN_QUERIES, PLACEMENTS
from service.api.problems import Problem, ProblemApi, problem_response
from service.embedded import EmbeddedValkey
from service.event_intake import EventIntake
from service.lru import LRU
from service.metrics import count_request
from service.pages.registration import register_pages
from service.recommendations import Recommendations
from service.routes import KnownRoutes, Route
from service.settings import Settings, load_settings
from service.store.connection import connect
from service.store.secret import get_or_create_secret

MAX_BODY_BYTES = 1024 * 1024

BEGAN = "recommendations.began"

_ROUTES = "known_routes"


class _Context(RequestContext):
    """Flask's, but the second request to a place is not led there by the router."""

    def match_request(self) -> None:
        """As Flask's; remembers where a path without variables leads."""
        request = self.request
        if request.url_rule is None:
            super().match_request()
            if request.url_rule is not None and not request.view_args and self.url_adapter is not None:
                route = Route(request.host, self.url_adapter, request.url_rule)
                self.app.extensions[_ROUTES].remember(request.environ, route)


class _Application(Flask):
    """Flask, with each request counted and timed. In place of hooks, which cost more than what they do."""

    def request_context(self, environ: dict[str, Any]) -> RequestContext:
        """As Flask's; here a request's time begins."""
        environ[BEGAN] = time.perf_counter()
        service = environ[SERVICE] = self.extensions["recommendations"]
        environ[KNOWN_QUERIES] = self.extensions[KNOWN_QUERIES]
        PLACEMENTS.set(service.placements)
        service.start()
        return _Context(self, environ)

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """As Flask's; where it is known where the request leads, that is put into it as well."""
        known = None if request is None else self.extensions[_ROUTES].of(request.environ)
        if request is None or known is None:
            return super().create_url_adapter(request)
        request.host, request.url_rule, request.view_args = known.host, known.rule, {}
        return known.adapter

    def process_response(self, response: Response) -> Response:
        """As Flask's; here a request's time ends."""
        response = super().process_response(response)
        asked = request._get_current_object()  # type: ignore[attr-defined]  # once, not once an attribute
        rule = asked.url_rule
        took = time.perf_counter() - asked.environ[BEGAN]
        count_request(rule.rule if rule else "unmatched", response.status_code, took)
        return response

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """As it is: no view is async, and Flask would look into six functions a request to find that out."""
        return func


def create_app(settings: Settings | None = None) -> Flask:
    """The Flask application; `app.extensions["recommendations"]` answers inside the process.

    Without a redis_url it joins, or starts, the embedded server of `data_dir` until the process ends.

    Raises:
        SettingsError: the environment or the configured placements are wrong.
        EmbeddedError: the embedded server cannot run.
        ConnectionUrlError: the store's URL cannot be used.
    """
    settings = settings or load_settings()
    app = _Application(__name__)
    _configure(app, settings)
    url = settings.redis_url or _embedded_url(settings)
    client = connect(url, profile="serving")
    # Under gevent a process that was denied the CPU for 0.1 s finds its timeout before its reply. Asked
    # again, a store that is well answers at once.
    client.set_retry(Retry(NoBackoff(), 1))
    # What gevent puts in place of threading's goes through Python with each call; its own is of C.
    in_greenlets = monkey.is_module_patched("threading")
    service = Recommendations(settings, client, GreenletSemaphore if in_greenlets else threading.Semaphore)
    app.extensions["recommendations"] = service
    app.extensions[_ROUTES] = KnownRoutes()
    app.extensions[KNOWN_QUERIES] = LRU(MAX_KNOWN_QUERIES)
    app.extensions["events"] = EventIntake(service)
    _share_secret(app, settings, service)
    _register_endpoints(app)
    if settings.allowed_origins:
        # Patterns, because flask-cors takes the brackets of [::1] for one.
        patterns = [re.compile(re.escape(origin) + r"\Z") for origin in settings.allowed_origins]
        CORS(app, resources={r"/v1/*": {}}, origins=patterns, max_age=600)
    app.cli.add_command(commands.keys_group(settings))
    app.wsgi_app = DirectAnswers(  # type: ignore[method-assign]  # as Flask's documentation has it
        app.wsgi_app,
        service,
        app.extensions[_ROUTES],
        app.extensions[KNOWN_QUERIES],
        public_reads=settings.public_reads,
    )
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        API_TITLE="Recommendation service",
        API_VERSION="v1",
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/",
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_BODY_BYTES,
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=True,
        DATA_DIR=settings.data_dir,
        PUBLIC_READS=settings.public_reads,
        ALLOWED_ORIGINS=frozenset(settings.allowed_origins),
    )


def _embedded_url(settings: Settings) -> str:
    embedded = EmbeddedValkey(settings.data_dir)
    embedded.__enter__()
    atexit.register(embedded.__exit__, None, None, None)
    return embedded.url


def _share_secret(app: Flask, settings: Settings, service: Recommendations) -> None:
    """Sign cookies with the secret that all processes share; until the store is met, with our own."""

    def take_over() -> None:
        app.secret_key = get_or_create_secret(service.client, service.keys)

    app.secret_key = settings.secret_key or secrets.token_hex(32)
    if settings.secret_key is None:
        service.at_first_contact.append(take_over)


def _register_endpoints(app: Flask) -> None:
    api = ProblemApi(app)
    app.url_map.converters["id"] = erasure.IdConverter
    scheme = {"type": "http", "scheme": "bearer", "description": "Made by `flask --app wsgi keys create`"}
    api.spec.components.security_scheme(SECURITY_SCHEME, scheme)
    for module in (recommendations, events, visitors, erasure, exports, rules, versions, operations):
        api.register_blueprint(module.blueprint)
    app.register_blueprint(documentation.blueprint)
    later.register_later(app)
    register_pages(app)
    app.register_error_handler(RedisError, _store_unavailable)


def _store_unavailable(error: RedisError) -> Response:
    """For the endpoints that cannot do without the store; recommendations never come here."""
    refused = isinstance(error, ResponseError)
    detail = "The store refuses to write: it is full." if refused else "The store cannot be reached."
    return problem_response(Problem(503, detail, headers={"Retry-After": "1"}))
