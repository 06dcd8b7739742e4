"""Members of JSON documents as text, numbers and times: None where they are none."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from training.connectors.document_layout import DocumentFault, Json

MAX_INTEGER_BITS = 1_024
"""A longer integer is no id and no amount; writing it down would take Python ages."""


def text_of(value: Any) -> str | None:
    """A string as it is, a number as text; None for everything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int) and value.bit_length() > MAX_INTEGER_BITS:
        return None
    return number_text(value)


def number_text(value: float) -> str:
    """A number as text, whole ones without `.0`."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() and value < 1e15 else str(value)


def number_of(value: Any) -> float | None:
    """A number, or text that is one; None unless it is finite."""
    try:
        number = float(text_of(value) or "nan")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def id_of(value: Any) -> str | None:
    """An id as text; None where a platform writes 0 or nothing for "none"."""
    text = text_of(value)
    return None if text in ("", "0") else text


def object_of(value: Any) -> Json:
    """The object itself; an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def objects_of(value: Any) -> list[Json]:
    """A list of objects; nothing for null. Raises `DocumentFault` where it is something else."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise DocumentFault("malformed_order")
    return value


def by_id(objects: list[Json], name: str) -> dict[str, Json]:
    """Objects by the id that a member holds; those without one, or with a known one, by their place."""
    found: dict[str, Json] = {}
    for place, one in enumerate(objects):
        id = id_of(one.get(name))
        found[f"at {place}" if id is None or id in found else id] = one
    return found


def utc(value: Any) -> str | None:
    """An ISO 8601 time, in UTC where it names no zone, as text that sorts by time."""
    try:
        time = datetime.fromisoformat(text_of(value) or "")
        in_utc = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return in_utc.isoformat(timespec="seconds")


def latest(*times: str | None) -> str | None:
    """The latest of some times as they are written; what is no time does not count."""
    known = {in_utc: time for time in times if (in_utc := utc(time))}
    return known[max(known)] if known else None
