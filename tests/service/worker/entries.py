"""Entries of the stream, made without a stream."""

from __future__ import annotations

from typing import Any

from service.store.event_stream import StreamEntry

NOON = 1_795_435_200_000
"""2026-11-23T12:00:00Z in ms since 1970."""


def entry(
    number: int, type: str = "view", customer: str | None = None, flag: str | None = None, **more: Any
) -> StreamEntry:
    """The `number`th entry of noon; it happened a second before it arrived."""
    event = {"event_id": f"e{number}", "type": type, "visitor_id": "vera", "product_id": "tea"}
    return StreamEntry(f"{NOON}-{number}", event | {"at_ms": NOON - 1_000} | more, customer, flag)
