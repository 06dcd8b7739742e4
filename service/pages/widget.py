"""The widget's script, at the address that shops' pages name; it may be loaded and kept by anybody."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from typing import NamedTuple

from flask import Blueprint, Response, current_app, request
from werkzeug.wrappers import Response as AnyResponse

NAME = "recommendations.js"
YEAR_SECONDS = 365 * 86_400
WEEK_SECONDS = 7 * 86_400

blueprint = Blueprint("widget", __name__)


class _Script(NamedTuple):
    plain: bytes
    zipped: bytes


@blueprint.get(f"/static/{NAME}")
def script() -> AnyResponse:
    """The script, gzipped where the browser takes that; kept for a week, with `?v=…` for a year."""
    found = _script(Path(current_app.static_folder or ""))
    zipped = request.accept_encodings["gzip"] > 0
    response = Response(
        found.zipped if zipped else found.plain, content_type="text/javascript; charset=utf-8"
    )
    # Of the bytes, not of the file's time: the same from each machine.
    response.add_etag()
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    kept = f"max-age={YEAR_SECONDS}, immutable" if "v" in request.args else f"max-age={WEEK_SECONDS}"
    response.headers["Cache-Control"] = f"public, {kept}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    # A page that checks the script by its digest (integrity) must be allowed to read it.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response.make_conditional(request)


@cache
def _script(folder: Path) -> _Script:
    plain = (folder / NAME).read_bytes()
    return _Script(plain, gzip.compress(plain, 9, mtime=0))
