from __future__ import annotations

import pytest
from redis import Redis

from service import products, snapshot
from service.follower import Follower
from service.products import ProductRecords
from service.store.keys import Keys
from service.store.reader import StoreReader
from tests.published import publish, put_catalog, record


@pytest.fixture
def follower(store: Redis, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> Follower:
    """Follows the tiny shop, of which the snapshot holds the records of p0 alone."""
    monkeypatch.setattr(snapshot, "TOP_PRODUCTS", 1)
    publish(store)
    follower = Follower(StoreReader(store, keys), on_poll=lambda: None)
    follower.poll()
    return follower


def test_records_come_from_the_snapshot_and_the_store_and_what_is_unknown_is_absent(
    follower: Follower, store: Redis, keys: Keys
):
    records = ProductRecords(StoreReader(store, keys), follower)
    assert records.of(follower.snapshot, [0, 3, 99]) == {0: record(0), 3: record(3)}


def test_a_record_that_was_read_once_needs_no_store(follower: Follower, store: Redis, keys: Keys):
    records = ProductRecords(StoreReader(store, keys), follower)
    records.of(follower.snapshot, [3])
    store.flushall()
    assert records.of(follower.snapshot, [0, 3, 4]) == {0: record(0), 3: record(3)}


def test_the_least_recently_used_records_are_forgotten(
    follower: Follower, store: Redis, keys: Keys, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(products, "CACHED_RECORDS", 2)
    records = ProductRecords(StoreReader(store, keys), follower)
    for asked in ([3, 4], [3], [5]):
        records.of(follower.snapshot, asked)
    store.flushall()
    assert records.of(follower.snapshot, [3, 4, 5]).keys() == {3, 5}


def test_a_new_version_does_not_show_the_old_ones_records(follower: Follower, store: Redis, keys: Keys):
    records = ProductRecords(StoreReader(store, keys), follower)
    records.of(follower.snapshot, [3])
    publish(store, "20270101T000000Z-0002")
    follower.poll()
    store.flushall()
    assert records.of(follower.snapshot, [3]) == {}


def test_a_later_catalogue_does_not_show_the_old_ones_records(follower: Follower, store: Redis, keys: Keys):
    records = ProductRecords(StoreReader(store, keys), follower)
    records.of(follower.snapshot, [3])
    changed = [record(index) | {"price": 99.0} for index in range(12)]
    put_catalog(store, records=changed)
    assert records.of(follower.snapshot, [0, 3]) == {0: record(0), 3: record(3)}
    follower.poll()
    assert records.of(follower.snapshot, [0, 3]) == {0: changed[0], 3: changed[3]}
