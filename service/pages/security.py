"""What protects the pages: response headers, tokens against forged posts, and the session's cookie."""

from __future__ import annotations

import re

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: https:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""Images may come from anywhere by https, because a shop's own lie on its own servers."""

CONSOLE = "/admin/"

_THIS_MACHINE = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?")

csrf = CSRFProtect()
"""Checks no route by itself: the API has keys in place of cookies. The console calls `csrf.protect()`."""


def protect(app: Flask) -> None:
    """Prepare the application for forms and sessions."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    # As long as the session: a form left open over lunch still works.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    csrf.init_app(app)
    app.session_interface = ConsoleSessions()


def add_headers(response: Response) -> Response:
    """For `Blueprint.after_request`."""
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


class ConsoleSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, for the console alone; the API and the open pages have no sessions."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if not request.path.startswith(CONSOLE):
            return None
        # Until the store is first reached, cookies would be checked against a secret of this process alone.
        app.extensions["recommendations"].start()
        return super().open_session(app, request)

    def get_cookie_path(self, app: Flask) -> str:
        return CONSOLE

    def get_cookie_secure(self, app: Flask) -> bool:
        """For HTTPS only, except on this machine itself, where there is no network."""
        # As sent: `request.host` raises for a host that is not trusted, and this runs for its 400 too.
        host = request.environ.get("HTTP_HOST", "")
        return request.is_secure or _THIS_MACHINE.fullmatch(host) is None
