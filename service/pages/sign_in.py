"""Sign in to the console with a key, and out again.

The session's cookie is signed but readable. It holds neither the key nor its hash, which would let
whoever finds the cookie try short keys out, but the hash keyed with the application's secret.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_wtf.csrf import CSRFError
from redis import RedisError
from werkzeug.wrappers import Response as AnyResponse

from service.auth import fingerprint, includes
from service.pages.security import add_headers, csrf
from service.recommendations import Recommendations
from service.store.api_keys import ApiKey, all_hashes, hash_key

NEEDED = "merchandiser"

FINGERPRINT = "key"
"""The session's member; the only one besides Flask-WTF's token."""

blueprint = Blueprint("sign_in", __name__, url_prefix="/admin")
blueprint.before_request(csrf.protect)
blueprint.after_request(add_headers)

View = Callable[..., Any]


@blueprint.post("/sign-in")
def sign_in() -> AnyResponse:
    """Open a session for a key of the role merchandiser or admin."""
    key = request.form.get("key", "").strip()
    service = _service()
    role = service.role_of(key) if key else None
    if role is None:
        return sign_in_page(_refusal(service, key), status=401)
    if not includes(role, NEEDED):
        return sign_in_page(
            f"This key is of the role {role}; the console needs merchandiser or admin.", status=403
        )
    # A session begun by somebody else must not become a signed-in one.
    session.clear()
    session[FINGERPRINT] = fingerprint(hash_key(key), _secret())
    # Only the query is taken along, so that this can lead nowhere but to the console.
    query = urlencode(parse_qsl(request.form.get("query", "")))
    return redirect(url_for("console.preview") + (f"?{query}" if query else ""))


@blueprint.get("/sign-in")
def form() -> AnyResponse:
    """For whoever reloads the address of a sign-in that failed."""
    return redirect(url_for("console.preview"))


@blueprint.post("/sign-out")
def sign_out() -> AnyResponse:
    """End the session."""
    session.clear()
    return redirect(url_for("console.preview"))


@blueprint.errorhandler(CSRFError)
def forged(error: CSRFError) -> Response:
    """The form is not from this session: forged, from before a sign-in, or the browser keeps no cookie."""
    del error
    return sign_in_page(
        "The form was too old, or the browser did not return this page's cookie. Try again. Over the network "
        "the console needs https; without it, browsers keep the cookie only on this machine itself.",
        status=400,
    )


def signed_in(view: View) -> View:
    """Let only sessions in whose key still has the role; others get the sign-in page at the same address.

    The view receives the role as its first argument.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        role = _role_of_session()
        if role is None or not includes(role, NEEDED):
            expired = session.pop(FINGERPRINT, None) is not None
            return sign_in_page("That key is no longer valid. Sign in with another one." if expired else None)
        return view(role, *args, **kwargs)

    return guarded


def key_of_session() -> ApiKey | None:
    """The key that a signed-in session is by; None where it is that of RECS_ADMIN_KEY, which has no id.

    Raises:
        redis.RedisError: the store is away.
    """
    service, known = _service(), session[FINGERPRINT]
    found = all_hashes(service.client, service.keys).items()
    return next((key for digest, key in found if fingerprint(digest, _secret()) == known), None)


def sign_in_page(fault: str | None, status: int = 200) -> Response:
    """The form that asks for a key, with what was wrong with the last one."""
    query = request.query_string.decode("ascii", "ignore") or request.form.get("query", "")
    page = render_template(
        "console/sign_in.html", fault=fault, query=query, store_up=_service().follower.store_up
    )
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _refusal(service: Recommendations, key: str) -> str:
    if not key:
        return "Enter a key."
    if not service.follower.store_up:
        return "The store cannot be reached, and this key was not known before."
    return "This key is not known. It may have been revoked."


def _role_of_session() -> str | None:
    known = session.get(FINGERPRINT)
    if not isinstance(known, str):
        return None
    service = _service()
    role = service.keyring.role_of_fingerprint(known, _secret())
    if role is None and service.follower.store_up:
        # Another process may have signed in a key that was made since this one last looked.
        try:
            found = all_hashes(service.client, service.keys)
        except RedisError as error:
            service.follower.failed(error)
            return None
        service.keyring.replace({digest: key.role for digest, key in found.items()})
        role = service.keyring.role_of_fingerprint(known, _secret())
    return role


def _secret() -> bytes:
    secret = current_app.secret_key
    if secret is None:
        raise RuntimeError("the application has no secret key")
    return secret.encode() if isinstance(secret, str) else secret


def _service() -> Recommendations:
    return current_app.extensions["recommendations"]
