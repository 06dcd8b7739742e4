"""How often what happened on a day, by placement: written by the workers, each event once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import redis

from service.store.event_stream import COUNTERS
from service.store.keys import Keys
from service.store.lua import Script

KEPT_S = 400 * 24 * 3600
"""A year, and the same weeks of the year before."""

_COUNT = Script("count_events.lua")


class Counted(NamedTuple):
    """What one entry of the stream adds to the counts.

    Attributes:
        id: the entry's.
        day: ISO 8601, UTC.
        field: what goes up by one, `view:home`, `flagged:bot`; "": nothing.
        amount_field, amount: what goes up by an amount, `revenue:home`; "": nothing.
    """

    id: str
    day: str
    field: str = ""
    amount_field: str = ""
    amount: float = 0.0


def count(client: redis.Redis, keys: Keys, counted: Sequence[Counted]) -> int:
    """Add to the counts and acknowledge, in one step; those that were acknowledged before add nothing.

    Returns:
        How many were not.
    """
    arguments = [keys.event_counts(""), COUNTERS, str(KEPT_S)]
    for one in counted:
        arguments += [one.id, one.day, one.field, one.amount_field, repr(one.amount)]
    try:
        return cast(int, client.evalsha(_COUNT.digest, 1, keys.events, *arguments))
    except redis.exceptions.NoScriptError:
        return cast(int, client.eval(_COUNT.source, 1, keys.events, *arguments))


def counts_of(client: redis.Redis, keys: Keys, day: str) -> dict[str, float]:
    """What was counted on a day (ISO 8601, UTC), by field."""
    stored = cast(dict[bytes, bytes], client.hgetall(keys.event_counts(day)))
    return {field.decode(): float(value) for field, value in stored.items()}
