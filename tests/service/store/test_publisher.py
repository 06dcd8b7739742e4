"""Writing a version: what is refused, what is checked, and what a publisher's death leaves."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from service.store.checked_writer import VersionIncomplete
from service.store.codec import decode_indices, decode_list, encode_indices
from service.store.lease import Lease, LeaseLost, acquire_lease
from service.store.publisher import VersionWriter
from service.store.reader import StoreReader
from service.store.reaper import reap
from service.store.versions import Live, live
from tests.needs import REPOSITORY
from tests.service.store.tiny_version import ANNA, BERT, info, packed, publish_tiny, write_tiny
from tests.waiting import wait_until


@pytest.fixture
def lease(store, keys):
    with acquire_lease(store, keys) as held:
        yield held


def test_nothing_of_a_version_is_seen_before_it_is_published(store, keys, lease):
    write_tiny(store, keys, "v1", lease)
    assert live(store, keys) is None


def test_many_lists_go_to_many_hashes_and_all_are_found(each_store, keys):
    ids = [f"c{number:05d}" for number in range(25_000)]
    told: list[tuple[int, int]] = []
    with acquire_lease(each_store, keys) as lease:
        writer = VersionWriter(each_store, keys, "v1", lease)
        writer.write_customer_lists(
            "bought",
            ids,
            (encode_indices(np.array([number])) for number in range(len(ids))),
            lambda done, total: told.append((done, total)),
        )
        writer.publish(info("v1"))
    reader = StoreReader(each_store, keys)
    values = reader.read(reader.meta("v1"), [("customer", "bought", one) for one in ids[::1000]])
    assert [decode_indices(value).tolist() for value in values if value] == [
        [n] for n in range(0, 25_000, 1000)
    ]
    assert told == [(10_000, 25_000), (20_000, 25_000), (25_000, 25_000)]


def test_ids_that_look_like_patterns_or_slots_are_only_ids(store, keys, lease):
    ids = ["*", "{x}", "a:b", "ü ñ 🙂", "recs:{meta}:live", "0007", "7", " "]
    writer = VersionWriter(store, keys, "v1", lease)
    writer.write_customer_lists("for_you", ids, [packed([(n, 0.5, 0, -1)]) for n in range(len(ids))])
    writer.publish(info("v1"))
    reader = StoreReader(store, keys)
    values = reader.read(reader.meta("v1"), [("customer", "for_you", one) for one in ids])
    assert [decode_list(value)[0][0] for value in values if value] == list(range(len(ids)))


def test_a_version_without_customers_or_products_can_be_published(store, keys, lease):
    writer = VersionWriter(store, keys, "v1", lease)
    writer.write_customer_lists("for_you", [], [])
    writer.write_catalog([], [], [])
    assert writer.publish(info("v1")) == Live("v1", None, 1)
    reader = StoreReader(store, keys)
    assert reader.read(reader.meta("v1"), [("customer", "for_you", "anna")]) == [None]


@pytest.mark.parametrize(
    "ids, values, said",
    [
        (["a", "a"], [b"\x01", b"\x01"], "twice"),
        (["a", "b"], [b"\x01"], "shorter"),
        (["a"], [b"\x01"] * 2, "longer"),
    ],
)
def test_lists_must_fit_their_ids(store, keys, lease, ids, values, said):
    with pytest.raises(ValueError, match=said):
        VersionWriter(store, keys, "v1", lease).write_customer_lists("for_you", ids, values)


@pytest.mark.parametrize(
    "catalog, said",
    [
        ((["a"], [None], []), "differ in length"),
        ((["a", "a"], [None] * 2, [{}, {}]), "twice"),
        ((["a"], [None], [{"price": float("nan")}]), "JSON"),
    ],
)
def test_a_catalogue_must_be_sound(store, keys, lease, catalog, said):
    with pytest.raises(ValueError, match=said):
        VersionWriter(store, keys, "v1", lease).write_catalog(*catalog)


@pytest.mark.parametrize("version", ["", "a:b"])
def test_a_version_id_that_would_blur_keys_is_refused(store, keys, lease, version):
    with pytest.raises(ValueError, match="version id"):
        VersionWriter(store, keys, version, lease)


def test_the_facts_must_be_of_the_version_that_was_written(store, keys, lease):
    with pytest.raises(ValueError, match="not v2"):
        VersionWriter(store, keys, "v1", lease).publish(info("v2"))


@pytest.mark.parametrize(
    "suffix",
    [
        *("c:for_you:0", "c:bought:0", "i:similar_items:0", "p:0", "explain:0"),
        *("ids", "cat", "g", "flags", "sales"),
    ],
)
def test_what_the_store_lost_is_noticed_and_nothing_goes_live(store, keys, lease, suffix):
    writer = write_tiny(store, keys, "v1", lease)
    assert store.delete(f"recs:v:v1:{suffix}") == 1
    with pytest.raises(VersionIncomplete):
        writer.publish(info("v1"))
    assert live(store, keys) is None


def test_a_value_that_changed_is_noticed(store, keys, lease):
    writer = write_tiny(store, keys, "v1", lease)
    store.hset("recs:v:v1:c:for_you:0", "anna", packed(BERT))
    with pytest.raises(VersionIncomplete, match="other values"):
        writer.publish(info("v1"))


def test_a_run_that_lost_its_lease_stops_writing(store, keys, monkeypatch):
    monkeypatch.setattr("service.store.lease.RENEW_SECONDS", 0.02)

    def more_lists() -> Iterator[bytes]:
        yield from (b"\x01" for _ in range(10_000))
        store.set(keys.lock, "another")
        wait_until(lambda: is_lost(held), "LeaseLost")
        yield from (b"\x01" for _ in range(10_000))

    ids = [str(number) for number in range(20_000)]
    with acquire_lease(store, keys) as held, pytest.raises(LeaseLost):
        VersionWriter(store, keys, "v1", held).write_customer_lists("for_you", ids, more_lists())
    assert sum(store.hlen(key) for key in store.scan_iter("recs:v:v1:*")) == 10_000


def is_lost(lease: Lease) -> bool:
    try:
        lease.check()
    except LeaseLost:
        return True
    return False


_PUBLISH_SLOWLY = """
import sys
from service.store.connection import connect
from service.store.keys import Keys
from service.store.lease import acquire_lease
from service.store.publisher import VersionWriter
client, keys = connect(sys.argv[1], profile="training"), Keys()
writer = VersionWriter(client, keys, "killed", acquire_lease(client, keys))
def told(done, total):
    print(done, flush=True)
    sys.stdin.readline()
ids = [str(number) for number in range(40_000)]
writer.write_customer_lists("for_you", ids, (b"\\x01" for _ in ids), told)
"""


def test_a_publisher_killed_midway_leaves_the_old_version_and_clutter_to_clear(store, store_url, keys):
    publish_tiny(store, keys, "v1")
    command = [sys.executable, "-c", _PUBLISH_SLOWLY, store_url]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as publisher:
        assert publisher.stdout is not None
        assert publisher.stdout.readline() == b"10000\n"
        publisher.kill()
    leftovers = list(store.scan_iter("recs:v:killed:*"))
    assert len(leftovers) == 400
    reader = StoreReader(store, keys)
    pointer = reader.live()
    assert pointer == Live("v1", None, 1)
    assert reader.read(reader.meta("v1"), [("customer", "for_you", "anna")]) == [packed(ANNA)]

    store.pexpire(keys.lock, 100)  # the dead publisher's lease, cut short
    with acquire_lease(store, keys, wait_s=10) as lease:
        assert reap(store, keys, lease) == {"killed": 400}
        write_tiny(store, keys, "v2", lease).publish(info("v2"))
    assert live(store, keys) == Live("v2", "v1", 2)
    assert not list(store.scan_iter("recs:v:killed:*"))


def test_readers_find_everything_while_versions_are_published(each_store, keys):
    """Five publications, each followed by clearing, under constant reading: nothing is ever missing."""
    publish_tiny(each_store, keys, "v0")
    reader = StoreReader(each_store, keys)
    done = threading.Event()
    missing: list[str] = []
    seen: set[str] = set()

    def read_on() -> None:
        while not done.is_set():
            pointer = reader.live()
            assert pointer is not None
            meta = reader.meta(pointer.version)
            seen.add(pointer.version)
            values = reader.read(meta, [("customer", "for_you", "anna"), ("customer", "for_you", "bert")])
            if values != [packed(ANNA), packed(BERT)] or None in reader.products(meta, [0, 1, 2]):
                missing.append(pointer.version)

    readers = [threading.Thread(target=read_on) for _ in range(4)]
    for one in readers:
        one.start()
    for number in range(1, 6):
        with acquire_lease(each_store, keys) as lease:
            write_tiny(each_store, keys, f"v{number}", lease).publish(info(f"v{number}"))
            reap(each_store, keys, lease)
    done.set()
    for one in readers:
        one.join()
    assert missing == []
    assert seen
