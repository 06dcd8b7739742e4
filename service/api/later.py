"""Endpoints whose names are settled but which are not there yet: each answers 501 and names itself.

The key is checked first, as it will be: a caller's set-up can be tried out today.
"""

from __future__ import annotations

from typing import NoReturn

from flask import Flask, request

from service.api.access import requires
from service.api.problems import Problem

LATER_CONSOLE = ("launches", "experiments", "kpis")
"""Resources under /v1/admin, for merchandisers."""

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def register_later(app: Flask) -> None:
    """Add the routes; they stay out of the OpenAPI document until they do something."""
    for name in LATER_CONSOLE:
        view = requires("merchandiser")(_not_there_yet)
        path = f"/v1/admin/{name}"
        app.add_url_rule(path, f"later {path}", view, methods=_METHODS)
        app.add_url_rule(f"{path}/<path:rest>", f"later {path} below", view, methods=_METHODS)


def _not_there_yet(**_: str) -> NoReturn:
    raise Problem(501, f"{request.method} {request.path} is not there yet; it arrives in a later release.")
