"""Who may call a view: the bearer key's role, the browser's origin, and whose purchases may be seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from flask import current_app, request

from service.api.problems import Problem
from service.auth import includes
from service.recommendations import Recommendations

SECURITY_SCHEME = "key"
NEEDS_KEY: list[dict[str, list[str]]] = [{SECURITY_SCHEME: []}]
"""How the OpenAPI document says that an endpoint needs a key."""

ROLE = "recommendations.role"

SERVICE = "recommendations.service"
"""Where a request's environment holds the `Recommendations`: Flask's proxies are slow to ask for it."""

View = Callable[..., Any]


def requires(needed: str, *, writes: bool = False) -> Callable[[View], View]:
    """Let only callers in whose key has at least this role.

    Afterwards the request's environment holds the caller's role; None for a keyless read under
    RECS_PUBLIC_READS, which opens no view that `writes`.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            environ = request.environ
            keyless = not writes and _may_go_keyless(needed, environ)
            environ[ROLE] = None if keyless else _role_of_caller(needed, environ)
            return view(*args, **kwargs)

        guarded.needed_role = needed  # type: ignore[attr-defined]  # a test asks each route for it
        return guarded

    return decorate


def may_read_customers(environ: Mapping[str, Any]) -> bool:
    """Whether the caller may see lists made from a customer's purchases: not a browser, not a stranger."""
    return environ[ROLE] not in (None, "public")


def role_of_bearer(environ: Mapping[str, Any], service: Recommendations) -> str | None:
    """The role of the key that the request carries; None where it carries none that is known."""
    scheme, _, key = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    return service.role_of(key.strip()) if scheme.lower() == "bearer" and key else None


def _may_go_keyless(needed: str, environ: Mapping[str, Any]) -> bool:
    return "HTTP_AUTHORIZATION" not in environ and needed == "public" and current_app.config["PUBLIC_READS"]


def _role_of_caller(needed: str, environ: Mapping[str, Any]) -> str:
    role = role_of_bearer(environ, environ[SERVICE])
    if role is None:
        is_keyless = "HTTP_AUTHORIZATION" not in environ
        detail = "This needs a key: Authorization: Bearer KEY." if is_keyless else "The key is not known."
        raise Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})
    if not includes(role, needed):
        raise Problem(403, f"This needs a key of the role {needed}; the key given is of the role {role}.")
    if role == "public" and environ.get("HTTP_ORIGIN") not in current_app.config["ALLOWED_ORIGINS"]:
        raise Problem(403, "A public key works only for browsers, from the origins in RECS_ALLOWED_ORIGINS.")
    return role
