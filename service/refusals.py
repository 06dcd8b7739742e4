"""What gunicorn refuses before the application sees it, answered as a problem instead of in HTML."""

from __future__ import annotations

from socket import socket

import orjson
from gunicorn import util

# Not imported from service.api.problems: Flask is for the workers, not for their master.
CONTENT_TYPE = "application/problem+json"


def answer_in_problems() -> None:
    """Have gunicorn call `write_problem` in this process, and in the workers that it forks."""
    util.write_error = write_problem


def write_problem(client: socket, status: int, reason: str, message: str) -> None:
    """Send the refusal; the parameters are those of `gunicorn.util.write_error`.

    Args:
        status, reason: such as 414, "URI Too Long".
        message: what was wrong with the request; empty for a fault of ours.
    """
    problem = {"type": "about:blank", "title": reason, "status": status, "detail": message or reason}
    body = orjson.dumps(problem)
    head = (
        f"HTTP/1.1 {status} {reason}\r\n"
        "Connection: close\r\n"
        "Cache-Control: no-store\r\n"
        f"Content-Type: {CONTENT_TYPE}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    util.write_nonblock(client, head.encode("latin-1") + body)
