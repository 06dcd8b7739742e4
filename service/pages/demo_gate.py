"""Opens the demonstration shop while the live version is marked as a demonstration, and only then.

Its pages need no key, and a real shop's customers and products are not to be seen without one.
"""

from __future__ import annotations

from flask import Response, abort, current_app, make_response, render_template
from werkzeug.exceptions import NotFound

from service.recommendations import Recommendations
from service.snapshot import Snapshot


def is_demo(snapshot: Snapshot) -> bool:
    """Whether the version is a demonstration."""
    return snapshot.meta is not None and snapshot.meta.info.demo


def demo_snapshot(service: Recommendations) -> Snapshot:
    """The live version; answers 404 where it is no demonstration."""
    snapshot = service.follower.snapshot
    if not is_demo(snapshot):
        abort(404)
    return snapshot


def not_found(error: NotFound) -> Response:
    """A page for people, in place of the API's problem details."""
    del error
    service: Recommendations = current_app.extensions["recommendations"]
    return make_response(render_template("not_found.html", demo=is_demo(service.follower.snapshot)), 404)
