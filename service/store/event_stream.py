"""The stream of events from its other end: what the workers' groups read, acknowledge, and let be trimmed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import redis

from service.store.keys import Keys

COUNTERS = "counters"
ARCHIVE = "archive"
GROUPS = (COUNTERS, ARCHIVE)
"""Each reads the whole stream, at its own pace."""

_BEFORE_ALL = "0-0"

_LAST_MS = 253_402_300_799_999
"""The last millisecond that Python's calendar knows, at the end of the year 9999."""

_TOO_MUCH = 1e12

_NEEDED: dict[str, type | tuple[type, ...]] = {"type": str, "visitor_id": str, "at_ms": int}
_POSSIBLE: dict[str, type | tuple[type, ...]] = {
    "quantity": int,
    "rank": int,
    "unit_price": (int, float),
    **dict.fromkeys(
        ("event_id", "product_id", "recommendation_id", "placement", "order_id", "customer_id"), str
    ),
}
"""Members of an event that an entry may hold, each of these kinds."""

# KEYS: the stream. ARGV: group, consumer. A consumer is removed only while it holds nothing: removed with
# entries that it has read, it would take them along.
_REMOVE_IDLE_CONSUMER = """
for _, one in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local facts = {}
  for place = 1, #one, 2 do facts[one[place]] = one[place + 1] end
  if facts.name == ARGV[2] and facts.pending == 0 then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
    return 1
  end
end
return 0
"""


class StreamEntry(NamedTuple):
    """One entry of the stream.

    Attributes:
        id: the server's, as in `1795472645315-0`; its first part is when it arrived, in ms since 1970.
        event: the members of `service.store.events.Event` that are not None; of the type `identify`:
            visitor_id, customer_id, at_ms. None: not written by us; it is to be passed over.
        customer: id of the customer that the visitor was; None for an anonymous visitor.
        flag: why it counts for nobody but its visitor: bot, flood, repeat; None: it counts.
    """

    id: str
    event: Mapping[str, Any] | None
    customer: str | None
    flag: str | None

    @property
    def received_ms(self) -> int:
        return min(int(self.id.partition("-")[0]), _LAST_MS)


_RawEntry = tuple[bytes, Mapping[bytes, bytes]]


class GroupReader:
    """One consumer of one group; entries stay its own until they are acknowledged, or claimed by another."""

    def __init__(self, client: redis.Redis, keys: Keys, group: str, consumer: str) -> None:
        self._client = client
        self._stream = keys.events
        self._group = group
        self._consumer = consumer

    def create(self) -> None:
        """Make the group, from the stream's beginning, where there is none yet."""
        try:
            self._client.xgroup_create(self._stream, self._group, id=_BEFORE_ALL, mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    def new(self, most: int, wait_ms: int | None = None) -> list[StreamEntry]:
        """Entries that no consumer of the group has had; None: it does not wait for the first."""
        found = self._client.xreadgroup(
            self._group, self._consumer, {self._stream: ">"}, count=most, block=wait_ms
        )
        streams = cast(Sequence[tuple[bytes, Sequence[_RawEntry]]], found or ())
        return [_parsed(one) for _, entries in streams for one in entries]

    def abandoned(self, most: int, idle_ms: int) -> list[StreamEntry]:
        """Entries that a consumer read so long ago that it must have died; they are this one's now."""
        found = self._client.xautoclaim(
            self._stream, self._group, self._consumer, min_idle_time=idle_ms, start_id=_BEFORE_ALL, count=most
        )
        return [_parsed(one) for one in cast(Sequence[Sequence[_RawEntry]], found)[1]]

    def acknowledge(self, entries: Iterable[StreamEntry]) -> None:
        """The group is done with these."""
        ids = [entry.id for entry in entries]
        if ids:
            self._client.xack(self._stream, self._group, *ids)

    def remove_idle_consumers(self, idle_ms: int) -> None:
        """Forget consumers that have not been heard of for so long, and hold nothing."""
        consumers = self._client.xinfo_consumers(self._stream, self._group)
        for one in consumers:
            if one["idle"] > idle_ms:
                self._client.eval(_REMOVE_IDLE_CONSUMER, 1, self._stream, self._group, one["name"])


class Backlog(NamedTuple):
    """What waits in the stream.

    Attributes:
        length: entries in the stream.
        waiting: group → entries that it has not acknowledged; at most `length`.
    """

    length: int
    waiting: Mapping[str, int]


def backlog(client: redis.Redis, keys: Keys) -> Backlog:
    """How much waits; before the first worker, all of the stream waits for each group."""
    length = client.xlen(keys.events)
    waiting = dict.fromkeys(GROUPS, length)
    for group in _groups(client, keys):
        # The server knows no lag once an entry in the midst of the stream has been erased.
        lag = length if group.get("lag") is None else group["lag"]
        waiting[group["name"].decode()] = min(length, lag + group["pending"])
    return Backlog(length, waiting)


def trim(client: redis.Redis, keys: Keys) -> int:
    """Remove what all groups have acknowledged; how many entries that were."""
    groups = _groups(client, keys)
    if not {group["name"].decode() for group in groups} >= set(GROUPS):
        return 0
    needed = [_first_needed(client, keys, group) for group in groups]
    oldest = min(needed, key=_order)
    return client.xtrim(keys.events, minid=oldest, approximate=False)


def _groups(client: redis.Redis, keys: Keys) -> list[dict[str, Any]]:
    try:
        return client.xinfo_groups(keys.events)
    except redis.ResponseError as error:
        if "no such key" in str(error):
            return []
        raise


def _first_needed(client: redis.Redis, keys: Keys, group: Mapping[str, Any]) -> str:
    """The first entry that the group has not acknowledged, or an id before it."""
    pending = client.xpending(keys.events, group["name"])
    # Asked in this order: what is read in between has an id after the last one delivered.
    if pending["pending"]:
        return pending["min"].decode()
    ms, number = group["last-delivered-id"].decode().split("-")
    return f"{ms}-{int(number) + 1}"


def _order(id: str) -> tuple[int, int]:
    ms, number = id.split("-")
    return int(ms), int(number)


def _parsed(entry: _RawEntry) -> StreamEntry:
    id, fields = entry
    customer, flag = fields.get(b"c"), fields.get(b"f")
    return StreamEntry(
        id.decode(),
        _event(fields.get(b"e")),
        customer.decode() if customer is not None else None,
        flag.decode() if flag is not None else None,
    )


def _event(body: bytes | None) -> Mapping[str, Any] | None:
    try:
        event = json.loads(body or b"null")
    except ValueError:
        return None
    # Anybody who reaches the store can write to the stream: no entry may stop the workers.
    sound = (
        isinstance(event, dict)
        and all(isinstance(event.get(name), kind) for name, kind in _NEEDED.items())
        and all(isinstance(event[name], kind) for name, kind in _POSSIBLE.items() if name in event)
        and 0 <= event["at_ms"] <= _LAST_MS
        and all(abs(event.get(name, 0)) < _TOO_MUCH for name in ("quantity", "unit_price"))  # nor is NaN
    )
    return event if sound else None
