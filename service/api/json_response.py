"""Answers of JSON that no cache may keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response


def unkept_json(body: Mapping[str, Any], status: int = 200) -> Response:
    """The body as JSON, which no cache may keep: it is right for now and for whoever asks."""
    headers = {"Cache-Control": "no-store"}
    return Response(orjson.dumps(body), status, headers, content_type="application/json")
