"""A person leaves the store with all ids and all traces; everybody else stays as they were."""

from __future__ import annotations

import pytest

from service.store.erasure import erase_person
from service.store.events import Event, EventLog
from service.store.reader import StoreReader
from service.store.tombstones import digest, read_tombstones
from tests.published import publish

AT = 1_795_000_000_000


@pytest.fixture
def log(store, keys) -> EventLog:
    return EventLog(store, keys)


def viewed(visitor: str, number: int) -> Event:
    return Event(f"e{number}", "view", visitor, "p1", AT + number)


def test_an_unknown_id_leaves_a_tombstone_alone(store, keys):
    erased = erase_person(store, keys, "nobody", AT)
    assert (erased.customer, erased.ids) == (None, {"nobody"})
    assert (erased.states, erased.events, erased.lists) == (0, 0, 0)
    assert read_tombstones(store, keys) == {digest("nobody"): AT}


def test_a_visitors_state_and_events_go_and_others_stay(store, keys, log):
    log.record([viewed("zoë/1", 1), viewed("zoë/1", 2), viewed("zoë/10", 3)])
    erased = erase_person(store, keys, "zoë/1", AT)
    assert (erased.customer, erased.states, erased.events) == (None, 1, 2)
    assert not store.exists(keys.visitor("zoë/1"))
    assert store.exists(keys.visitor("zoë/10"))
    assert [b"zo\xc3\xab/10" in fields[b"e"] for _, fields in store.xrange(keys.events)] == [True]


@pytest.mark.parametrize("asked", ["phone", "anna"])
def test_a_customer_goes_with_all_visitors_whichever_id_is_named(store, keys, log, asked):
    publish(store)
    log.record([viewed("phone", 1), viewed("laptop", 2), viewed("other", 3)])
    log.identify("phone", "anna")
    log.identify("laptop", "anna")
    log.record([viewed("phone", 4)])
    erased = erase_person(store, keys, asked, AT)
    assert erased.customer == "anna"
    assert erased.ids == {"anna", "phone", "laptop"}
    # Two views before, two identifications, and one view after.
    assert erased.events == 5
    assert read_tombstones(store, keys).keys() == {digest(one) for one in erased.ids}
    assert store.xlen(keys.events) == 1
    assert sorted(store.scan_iter(f"{keys.event_state}[vco]*:*")) == [keys.visitor("other").encode()]


def test_no_key_holds_the_id_of_an_erased_customer(store, keys, log):
    publish(store)
    log.record([viewed("anna", 1)], customers={"anna"})
    log.identify("phone", "anna")
    erased = erase_person(store, keys, "anna", AT)
    assert erased.customer == "anna"
    names = [key for key in store.scan_iter() if b"anna" in key]
    hashes = [key for key in store.scan_iter() if store.type(key) == b"hash"]
    assert [key for key in hashes if b"anna" in store.hgetall(key)] == names == []


def test_lists_leave_the_live_version_and_the_one_before(store, keys):
    versions = [publish(store, "20260101T000000Z-0001"), publish(store, "20270101T000000Z-0002")]
    reader = StoreReader(store, keys)
    # for_you, discover, buy_it_again, bought and explain, of each of the two.
    assert erase_person(store, keys, "anna", AT).lists == 10
    for version in versions:
        meta = reader.meta(version)
        names = meta.buckets["customer"]
        assert {name: dict(reader.customer_lists(meta, name)).get("anna") for name in names} == dict.fromkeys(
            names
        )
        assert "ben" in dict(reader.customer_lists(meta, "for_you"))
        assert reader.explain(meta, "anna") is None


def test_processes_are_told_to_drop_what_they_hold(store, keys):
    publish(store)
    before = StoreReader(store, keys).revisions()
    erase_person(store, keys, "anna", AT)
    after = StoreReader(store, keys).revisions()
    assert (after.live, after.erasures) == (before.live, before.erasures + 1)


def test_to_erase_again_changes_nothing_but_the_time(store, keys, log):
    publish(store)
    log.record([viewed("anna", 1)], customers={"anna"})
    erase_person(store, keys, "anna", AT)
    again = erase_person(store, keys, "anna", AT + 5)
    assert (again.states, again.events, again.lists) == (0, 0, 0)
    assert read_tombstones(store, keys) == {digest("anna"): AT + 5}


def test_a_product_of_the_same_id_is_nobody(store, keys, log):
    log.record([Event("e1", "view", "other", "7", AT)])
    assert erase_person(store, keys, "7", AT).events == 0
    assert store.xlen(keys.events) == 1


def test_a_long_stream_is_gone_through_to_its_end(store, keys, log):
    log.record([viewed(f"v{number % 3}", number) for number in range(1_501)])
    assert erase_person(store, keys, "v0", AT).events == 501
    assert store.xlen(keys.events) == 1_000
