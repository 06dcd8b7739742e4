"""Counts of events: each entry once, with its acknowledgement."""

from __future__ import annotations

import redis

from service.store.event_counts import Counted, count, counts_of
from service.store.event_stream import COUNTERS, GroupReader, StreamEntry
from service.store.events import Event, EventLog
from service.store.keys import Keys


def read(store: redis.Redis, keys: Keys, n: int) -> list[StreamEntry]:
    EventLog(store, keys).record([Event(f"e{i}", "view", "vera", "tea", i) for i in range(n)])
    reader = GroupReader(store, keys, COUNTERS, "tests")
    reader.create()
    return reader.new(n)


def test_counts_and_amounts_add_up_by_day(each_store: redis.Redis, keys: Keys):
    one, two, three, four = (entry.id for entry in read(each_store, keys, 4))
    first = [
        Counted(one, "2026-11-23", "purchase:home", "revenue:home", 0.1),
        Counted(two, "2026-11-23", "purchase:home", "revenue:home", 0.2),
    ]
    assert count(each_store, keys, first) == 2
    assert count(each_store, keys, [Counted(three, "2026-11-24", "view:"), Counted(four, "2026-11-24")]) == 2
    assert counts_of(each_store, keys, "2026-11-23") == {"purchase:home": 2, "revenue:home": 0.3}
    assert counts_of(each_store, keys, "2026-11-24") == {"view:": 1}
    assert each_store.xpending(keys.events, COUNTERS)["pending"] == 0


def test_an_entry_counts_once_however_often_it_is_counted(each_store: redis.Redis, keys: Keys):
    counted = [Counted(entry.id, "2026-11-23", "view:") for entry in read(each_store, keys, 2)]
    assert [count(each_store, keys, counted[:1]), count(each_store, keys, counted)] == [1, 1]
    assert counts_of(each_store, keys, "2026-11-23") == {"view:": 2}


def test_of_a_day_without_events_there_are_no_counts(store: redis.Redis, keys: Keys):
    assert counts_of(store, keys, "2026-11-23") == {}
