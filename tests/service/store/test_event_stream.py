"""What the groups of workers read, take over, acknowledge, and let be trimmed; on Valkey and Redis."""

from __future__ import annotations

import pytest
import redis

from service.store.event_stream import ARCHIVE, COUNTERS, Backlog, GroupReader, backlog, trim
from service.store.events import Event, EventLog
from service.store.keys import Keys

DELIVERED = 3


@pytest.fixture
def filled(each_store: redis.Redis, keys: Keys) -> redis.Redis:
    """Five views in the stream, of which the counters' only consumer has read three."""
    for group in (COUNTERS, ARCHIVE):
        reader(each_store, group).create()
    views = [Event(f"e{n}", "view", "vera", f"p{n}", n) for n in range(5)]
    EventLog(each_store, keys).record(views, customers={"vera"}, flag="bot")
    assert len(reader(each_store, COUNTERS).new(DELIVERED)) == DELIVERED
    return each_store


def reader(store: redis.Redis, group: str, consumer: str = "first") -> GroupReader:
    return GroupReader(store, Keys(), group, consumer)


def test_an_entry_is_read_as_it_was_written(filled: redis.Redis):
    (entry, *_) = reader(filled, ARCHIVE).new(10)
    assert entry.event == {
        "event_id": "e0", "type": "view", "visitor_id": "vera", "product_id": "p0", "at_ms": 0,
    }  # fmt: skip
    assert (entry.customer, entry.flag) == ("vera", "bot")
    assert entry.received_ms == int(entry.id.split("-")[0])


SOUND = '{"type": "purchase", "visitor_id": "v", "at_ms": 7, '


@pytest.mark.parametrize(
    "fields",
    [
        {"x": "y"},
        {"e": "{"},
        {"e": "7"},
        {"e": '{"type": "view"}'},
        {"e": '{"type": "view", "visitor_id": "v", "at_ms": 99999999999999999}'},
        {"e": '{"type": "view", "visitor_id": "v", "at_ms": -1}'},
        {"e": '{"type": "view", "visitor_id": 7, "at_ms": 7}'},
        {"e": SOUND + '"unit_price": "1"' + "}"},
        {"e": SOUND + '"unit_price": NaN' + "}"},
        {"e": SOUND + '"unit_price": 1e300' + "}"},
        {"e": SOUND + '"quantity": 1' + "0" * 400 + "}"},
        {"e": SOUND + '"order_id": []' + "}"},
    ],
)
def test_what_is_not_ours_is_no_event(filled: redis.Redis, keys: Keys, fields: dict[str, str]):
    filled.xadd(keys.events, fields)  # type: ignore[arg-type]
    assert reader(filled, ARCHIVE).new(10)[-1].event is None


def test_consumers_of_a_group_share_what_there_is(filled: redis.Redis):
    others = reader(filled, COUNTERS, "second").new(10)
    assert [entry.event["product_id"] for entry in others] == ["p3", "p4"]
    assert reader(filled, COUNTERS, "second").new(10) == []


def test_creating_a_group_again_changes_nothing(filled: redis.Redis):
    reader(filled, COUNTERS).create()
    assert len(reader(filled, COUNTERS, "second").new(10)) == 2


def test_only_what_was_left_alone_is_taken_over(filled: redis.Redis):
    second = reader(filled, COUNTERS, "second")
    assert second.abandoned(10, idle_ms=60_000) == []
    taken = second.abandoned(10, idle_ms=0)
    assert [entry.event["product_id"] for entry in taken] == ["p0", "p1", "p2"]
    second.acknowledge(taken)
    assert second.abandoned(10, idle_ms=0) == []


def test_the_backlog_counts_what_was_read_and_not_acknowledged(filled: redis.Redis, keys: Keys):
    assert backlog(filled, keys) == Backlog(5, {COUNTERS: 5, ARCHIVE: 5})
    first = reader(filled, COUNTERS)
    first.acknowledge(first.abandoned(2, idle_ms=0))
    assert backlog(filled, keys) == Backlog(5, {COUNTERS: 3, ARCHIVE: 5})


def test_before_the_first_worker_everything_waits(store: redis.Redis, keys: Keys):
    assert backlog(store, keys) == Backlog(0, {COUNTERS: 0, ARCHIVE: 0})
    EventLog(store, keys).record([Event("e", "view", "vera", "p", 1)])
    assert backlog(store, keys) == Backlog(1, {COUNTERS: 1, ARCHIVE: 1})
    assert trim(store, keys) == 0


def test_trimmed_is_what_all_groups_have_acknowledged(filled: redis.Redis, keys: Keys):
    archive, counters = reader(filled, ARCHIVE), reader(filled, COUNTERS)
    archive.acknowledge(archive.new(10))
    assert trim(filled, keys) == 0
    read = counters.abandoned(10, idle_ms=0)
    counters.acknowledge(read[:1])
    assert trim(filled, keys) == 1
    counters.acknowledge(read[2:])
    assert trim(filled, keys) == 0
    counters.acknowledge(read[1:2])
    assert trim(filled, keys) == 2
    counters.acknowledge(counters.new(10))
    assert (trim(filled, keys), filled.xlen(keys.events)) == (2, 0)


def test_what_was_trimmed_is_not_read_again(filled: redis.Redis, keys: Keys):
    filled.xtrim(keys.events, maxlen=0, approximate=False)
    assert reader(filled, COUNTERS, "second").abandoned(10, idle_ms=0) == []


def test_idle_consumers_are_forgotten_unless_they_hold_entries(filled: redis.Redis, keys: Keys):
    second = reader(filled, COUNTERS, "second")
    second.acknowledge(second.new(10))
    second.remove_idle_consumers(idle_ms=60_000)
    assert consumers(filled, keys) == [b"first", b"second"]
    second.remove_idle_consumers(idle_ms=-1)
    assert consumers(filled, keys) == [b"first"]


def consumers(store: redis.Redis, keys: Keys) -> list[bytes]:
    return sorted(one["name"] for one in store.xinfo_consumers(keys.events, COUNTERS))
