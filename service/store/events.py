"""Events in: one script a visitor tells duplicates, appends to the stream and changes the visitor's state.

events = EventLog(client, keys)
events.record([Event("e1", "view", "visitor-7", "tea", 1_795_000_000_000)])
events.identify("visitor-7", "anna", at_ms=1_795_000_000_000)
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Container, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import redis

from service.store.keys import Keys
from service.store.lua import Script
from service.store.round_trip import RoundTrips

TYPES = ("impression", "click", "view", "add_to_cart", "remove_from_cart", "purchase")
IDENTIFY = "identify"
"""The type of the stream entry that says which customer a visitor is."""

MAX_STREAM_LENGTH = 2_000_000
"""Entries kept, about half a gigabyte, where no worker takes them: unbounded, they would fill the store."""


_RECORD = Script("visitor_state.lua", "record_events.lua")
_IDENTIFY = Script("visitor_state.lua", "identify.lua")


class Event(NamedTuple):
    """What somebody did with a product, checked.

    Attributes:
        event_id: an event with an id that was recorded in the last 24 hours, or longer, is a duplicate.
        type: one of `TYPES`.
        at_ms: when it occurred, in ms since 1970, UTC; not in the future.
        recommendation_id, placement, rank: the answer that the product was in, and its place there, from 1.
        quantity: at least 1; of an event of the cart or a purchase.
        unit_price: in the shop's currency.
    """

    event_id: str
    type: str
    visitor_id: str
    product_id: str
    at_ms: int
    recommendation_id: str | None = None
    placement: str | None = None
    rank: int | None = None
    order_id: str | None = None
    quantity: int | None = None
    unit_price: float | None = None


class EventLog:
    """Writes events to one store; safe to share between threads and greenlets, not across a fork."""

    def __init__(self, client: redis.Redis, keys: Keys) -> None:
        self._keys = keys
        self._round_trips = RoundTrips(client)

    def record(
        self, events: Sequence[Event], *, customers: Container[str] = (), flag: str = ""
    ) -> list[bool]:
        """Record events in one round trip; False for each that was recorded before, or stands here twice.

        Args:
            events: those of one visitor are recorded together, in their order.
            customers: which of the visitors' ids are known customers': their own state is changed then.
            flag: why none of these counts for anybody but its visitor, as `bot`; "": they count.

        Raises:
            redis.RedisError: the store is away or full. Some of the events may have been recorded: to record
                all of them again is safe, for those are duplicates then.
        """
        marks = _marks(len(events))
        by_visitor: dict[str, list[int]] = {}
        for place, event in enumerate(events):
            by_visitor.setdefault(event.visitor_id, []).append(place)
        commands = []
        for visitor_id, places in by_visitor.items():
            customer = visitor_id if visitor_id in customers else ""
            command = self._record_command(visitor_id, customer, flag)
            for place in places:
                command += _arguments(events[place], marks[place])
            commands.append(tuple(command))
        accepted = [False] * len(events)
        replies = self._round_trips.script_replies(_RECORD, commands) if commands else []
        for places, reply in zip(by_visitor.values(), replies, strict=True):
            for place, first in zip(places, reply, strict=True):
                accepted[place] = first == 1
        return accepted

    def identify(self, visitor_id: str, customer_id: str, at_ms: int | None = None) -> bool:
        """Make the visitor the customer: what the visitor did is the customer's. False: that was so before.

        A customer's own id points nowhere: else whoever guesses it would be taken for the customer.

        Raises:
            redis.RedisError: the store is away or full; to identify again is safe.
        """
        if visitor_id == customer_id:
            return False
        at_ms = round(time.time() * 1000) if at_ms is None else at_ms
        body = {"type": IDENTIFY, "visitor_id": visitor_id, "customer_id": customer_id, "at_ms": at_ms}
        keys = self._keys
        names = (
            keys.visitor(visitor_id), keys.customer(customer_id), keys.events, keys.visitors_of(customer_id),
        )  # fmt: skip
        arguments = (
            keys.event_state, visitor_id, customer_id, str(MAX_STREAM_LENGTH), _json(body),
        )  # fmt: skip
        command = ("EVALSHA", _IDENTIFY.digest, str(len(names)), *names, *arguments)
        return self._round_trips.script_replies(_IDENTIFY, [command])[0] == 1

    def _record_command(self, visitor_id: str, customer: str, flag: str) -> list[str | bytes]:
        names = (self._keys.visitor(visitor_id), self._keys.events)
        head = (self._keys.event_state, customer, flag, str(MAX_STREAM_LENGTH))
        return ["EVALSHA", _RECORD.digest, str(len(names)), *names, *head]


def _marks(n: int) -> list[str]:
    """A mark for each event: an attempt that is made again, its reply lost, is known by them."""
    attempt = f"{random.getrandbits(32):08x}"
    return [f"{attempt}{place:x}" for place in range(n)]


def _arguments(event: Event, mark: str) -> tuple[str | bytes, ...]:
    digest = blake2b(event.event_id.encode(), digest_size=12).digest()
    quantity = "" if event.quantity is None else str(event.quantity)
    body = _json({name: value for name, value in event._asdict().items() if value is not None})
    return digest, mark, event.type, event.product_id, str(event.at_ms), quantity, body


def _json(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
