"""Counts what happened, by day and placement, from the stream of events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import redis

from service.store.event_counts import Counted, count
from service.store.event_stream import COUNTERS, GroupReader, StreamEntry
from service.store.events import IDENTIFY, TYPES
from service.store.keys import Keys

BATCH = 500


class Counting:
    """One worker's share of the counting."""

    def __init__(
        self, client: redis.Redis, keys: Keys, consumer: str, placements: Collection[str], claim_after_ms: int
    ) -> None:
        """`placements`: by whose names is counted; an event that names another one counts as of none."""
        self.reader = GroupReader(client, keys, COUNTERS, consumer)
        self._client = client
        self._keys = keys
        self._placements = frozenset(placements)
        self._claim_after_ms = claim_after_ms

    def step(self, wait_ms: int) -> None:
        """Count the next entries, waiting so long for the first."""
        self._count(self.reader.new(BATCH, wait_ms))

    def take_over(self) -> bool:
        """Count what a worker that died had read and not counted; whether there may be more."""
        return self._count(self.reader.abandoned(BATCH, self._claim_after_ms)) == BATCH

    def _count(self, entries: Sequence[StreamEntry]) -> int:
        if entries:
            counted = [counted_of(entry, self._placements) for entry in entries]
            count(self._client, self._keys, counted)
        return len(entries)


def counted_of(entry: StreamEntry, placements: Collection[str]) -> Counted:
    """What an entry adds to the counts of the day on which it happened."""
    event = entry.event
    if event is None or event["type"] not in TYPES:
        day = _day(entry.received_ms)
        known = event is not None and event["type"] == IDENTIFY
        return Counted(entry.id, day, "" if known else "flagged:unreadable")
    day = _day(event["at_ms"])
    if entry.flag is not None:
        return Counted(entry.id, day, f"flagged:{entry.flag}")
    placement = event.get("placement")
    place = placement if placement in placements else ""
    field = f"{event['type']}:{place}"
    if event["type"] != "purchase" or "unit_price" not in event:
        return Counted(entry.id, day, field)
    return Counted(entry.id, day, field, f"revenue:{place}", event["unit_price"] * event.get("quantity", 1))


def _day(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()
