"""Where requests lead that come again and again: to ask the router takes as long as to parse a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from werkzeug.routing import MapAdapter, Rule

from service.lru import LRU

_MOST = 256
"""Hosts are what clients say, so there can be any number."""

_OF_PLACE = (
    *("REQUEST_METHOD", "PATH_INFO", "SCRIPT_NAME"),
    *("wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT"),
)
"""All that the router looks at, and the host, which may not be one that is trusted."""


class Route(NamedTuple):
    """What Flask found for a request to a path without variables."""

    host: str
    adapter: MapAdapter
    rule: Rule


class KnownRoutes:
    """A bounded memory; what is in it, Flask has found and let pass before."""

    def __init__(self) -> None:
        self._known: LRU[tuple[str | None, ...], Route] = LRU(_MOST)

    def of(self, environ: Mapping[str, Any]) -> Route | None:
        """Where the request leads, if that is known."""
        return self._known.get(tuple(map(environ.get, _OF_PLACE)))

    def remember(self, environ: Mapping[str, Any], route: Route) -> None:
        """What Flask found for this request."""
        self._known.put(tuple(map(environ.get, _OF_PLACE)), route)
