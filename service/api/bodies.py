"""JSON bodies of requests."""

from __future__ import annotations

from typing import Any

import orjson
from flask import request

from service.api.problems import Problem


def json_body() -> Any:
    """The request's body, parsed strictly: NaN, and text that is no UTF-8, are malformed.

    Raises:
        Problem: 400 malformed, or nested too deeply; 415 no JSON by its Content-Type.
        werkzeug.exceptions.RequestEntityTooLarge: 413.
    """
    if not request.is_json:
        raise Problem(415, "The body must be JSON; send Content-Type: application/json.")
    try:
        return orjson.loads(request.get_data(cache=False))
    except orjson.JSONDecodeError as error:
        raise Problem(400, f"The body is malformed JSON: {error}.") from error
