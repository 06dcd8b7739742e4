"""A later catalogue of a version: put in place at once or not at all, and cleared when nobody reads it."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import redis

from service.store.checked_writer import VersionIncomplete
from service.store.keys import Keys
from service.store.later_catalogs import LaterCatalog, later_catalogs, put_in_place
from service.store.lease import Lease, LeaseLost, acquire_lease
from service.store.packed import ProductFlags
from service.store.reader import StoreReader
from service.store.reaper import reap
from service.store.versions import Live, list_versions, live, point_to
from tests.needs import REPOSITORY
from tests.service.store.lost_replies import LossyConnection, lossy_client
from tests.service.store.tiny_version import (
    ANNA,
    BERT,
    PRODUCTS,
    RECORDS,
    info,
    packed,
    publish_tiny,
    write_tiny,
)
from tests.waiting import wait_until

LISTED = np.array([True, False, True, True])
WITHDRAWN = np.array([False, True, False, False])


def later(catalog: str) -> LaterCatalog:
    """One product more, other titles: each names the catalogue."""
    ids = [*PRODUCTS, "jam"]
    records = [{"title": f"{one} of {catalog}", "category": f"Of {catalog}"} for one in ids]
    lists = {"popular": packed(ANNA)}
    return LaterCatalog(catalog, ids, records, ProductFlags(LISTED, WITHDRAWN), lists)


def put(client: redis.Redis, keys: Keys, catalog: str, lease: Lease, version: str = "v1") -> None:
    facts = replace(info(version), counts={"products": 4}, catalog_updated_at="2026-11-24T00:00:00Z")
    put_in_place(client, keys, lease, later(catalog), facts)


def put_now(client: redis.Redis, keys: Keys, catalog: str, version: str = "v1") -> None:
    with acquire_lease(client, keys) as lease:
        put(client, keys, catalog, lease, version)


def reap_now(client: redis.Redis, keys: Keys) -> dict[str, int]:
    with acquire_lease(client, keys) as lease:
        return reap(client, keys, lease)


def held(store: redis.Redis, keys: Keys, version: str = "v1") -> set[str]:
    """The later catalogues that have keys."""
    found = {keys.catalog_of(key) for key in store.scan_iter(keys.version_pattern(version))}
    return {one for one in found if one is not None}


def test_readers_find_all_of_it_and_the_lists_of_the_version(each_store, keys):
    publish_tiny(each_store, keys, "v1")
    put_now(each_store, keys, "c1")
    reader = StoreReader(each_store, keys)
    assert reader.live() == Live("v1", None, 2)
    meta = reader.meta("v1")
    assert meta.place == ("v1", "c1")
    assert list(reader.product_ids(meta)) == [*PRODUCTS, "jam"]
    assert reader.products(meta, [3, 0])[0] == {"title": "jam of c1", "category": "Of c1"}
    assert reader.categories(meta).path(3) == "Of c1"
    assert dict(reader.all_products(meta)) == dict(enumerate(later("c1").records))
    assert reader.global_lists(meta) == {"popular": packed(ANNA)}
    flags = reader.flags(meta)
    assert (flags.listed.tolist(), flags.withdrawn.tolist()) == (LISTED.tolist(), WITHDRAWN.tolist())
    assert reader.read(meta, [("customer", "for_you", "bert"), ("item", "similar_items", "milk")]) == [
        packed(BERT),
        packed(BERT),
    ]
    (remembered,) = list_versions(each_store, keys)
    assert remembered == meta.info
    assert (remembered.counts, remembered.catalog_updated_at) == ({"products": 4}, "2026-11-24T00:00:00Z")


def test_the_version_itself_stays_as_it_was_published(store, keys):
    publish_tiny(store, keys, "v1")
    before = StoreReader(store, keys).meta("v1")
    put_now(store, keys, "c1")
    reader = StoreReader(store, keys)
    assert list(reader.product_ids(before)) == PRODUCTS
    assert reader.products(before, [0, 1, 2]) == RECORDS


def test_the_current_one_and_the_one_before_are_kept(each_store, keys):
    publish_tiny(each_store, keys, "v1")
    for catalog in ("c1", "c2", "c3"):
        put_now(each_store, keys, catalog)
    removed = reap_now(each_store, keys)
    assert list(removed) == ["v1:c1"]
    assert held(each_store, keys) == {"c2", "c3"}
    assert set(each_store.hgetall(keys.writers)) == {b"v1", b"v1:c2", b"v1:c3"}
    assert StoreReader(each_store, keys).meta("v1").catalog == "c3"


def test_each_version_has_its_own_and_takes_it_along_when_it_goes(store, keys):
    publish_tiny(store, keys, "v1")
    put_now(store, keys, "c1")
    publish_tiny(store, keys, "v2")
    assert StoreReader(store, keys).meta("v2").catalog is None
    with acquire_lease(store, keys) as lease:
        point_to(store, keys, "v1", lease)
    assert reap_now(store, keys) == {}
    assert StoreReader(store, keys).meta("v1").catalog == "c1"
    publish_tiny(store, keys, "v3")
    publish_tiny(store, keys, "v4")
    assert {"v1", "v1:c1"} <= set(reap_now(store, keys))
    assert later_catalogs(store, keys, "v1") == []
    assert set(store.hgetall(keys.writers)) == {b"v3", b"v4"}


def test_a_version_that_is_published_again_comes_with_its_own_catalogue(store, keys):
    publish_tiny(store, keys, "v1")
    put_now(store, keys, "c1")
    publish_tiny(store, keys, "v1")
    assert StoreReader(store, keys).meta("v1").catalog is None
    assert set(reap_now(store, keys)) == {"v1:c1"}


def test_an_update_that_overslept_is_refused_and_clears_nothing_of_its_successor(store, keys):
    publish_tiny(store, keys, "v1")
    overslept = acquire_lease(store, keys)
    store.delete(keys.lock)  # its lease ran out while it was paused
    with acquire_lease(store, keys) as newer:
        put(store, keys, "c2", newer)
        with pytest.raises(LeaseLost):
            put(store, keys, "c1", overslept)
        assert reap(store, keys, overslept) == {}
        assert set(reap(store, keys, newer)) == {"v1:c1"}
    overslept.release()
    assert StoreReader(store, keys).meta("v1").catalog == "c2"


def test_what_the_store_lost_is_noticed_and_the_old_catalogue_stays(store, keys, monkeypatch):
    publish_tiny(store, keys, "v1")
    put_now(store, keys, "c1")

    def lose(part: object, name: str, value: bytes) -> None:
        store.delete(keys.products("v1", "c2") + "0")

    monkeypatch.setattr("service.store.catalog_part.CatalogPart.write_global_list", lose)
    with pytest.raises(VersionIncomplete):
        put_now(store, keys, "c2")
    assert StoreReader(store, keys).meta("v1").catalog == "c1"


def test_a_reply_that_was_lost_changes_nothing_but_the_revision(store, store_url, keys):
    publish_tiny(store, keys, "v1")
    with lossy_client(store_url) as client, acquire_lease(client, keys) as lease:
        LossyConnection.to_lose = 1
        put(client, keys, "c1", lease)
    assert later_catalogs(store, keys, "v1") == ["c1"]
    assert live(store, keys) == Live("v1", None, 3)


_DIE_BEFORE_THE_FLIP = """
import os, signal, sys
from service.store.connection import connect
from service.store.keys import Keys
from service.store import later_catalogs
from service.store.lease import acquire_lease
from tests.service.store.test_later_catalogs import put

later_catalogs._flip = lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)
client, keys = connect(sys.argv[1], profile="training"), Keys()
put(client, keys, "killed", acquire_lease(client, keys))
"""


def test_an_update_killed_midway_leaves_the_old_catalogue_and_clutter_to_clear(store, store_url, keys):
    publish_tiny(store, keys, "v1")
    put_now(store, keys, "c1")
    killed = subprocess.run(
        [sys.executable, "-c", _DIE_BEFORE_THE_FLIP, store_url], cwd=REPOSITORY, timeout=60
    )
    assert killed.returncode == -9
    assert held(store, keys) == {"c1", "killed"}
    assert StoreReader(store, keys).meta("v1").catalog == "c1"

    store.pexpire(keys.lock, 100)  # the dead one's lease, cut short
    with acquire_lease(store, keys, wait_s=10) as lease:
        assert set(reap(store, keys, lease)) == {"v1:killed"}
        put(store, keys, "c2", lease)
    assert held(store, keys) == {"c1", "c2"}


def test_readers_see_one_catalogue_or_the_other_and_never_both(each_store, keys):
    publish_tiny(each_store, keys, "v1")
    put_now(each_store, keys, "c0")
    reader = StoreReader(each_store, keys)
    done = threading.Event()
    torn: list[object] = []
    seen = [""] * 4

    def all_read(catalog: str) -> bool:
        return seen == [catalog] * 4

    def read_on(number: int) -> None:
        while not done.is_set():
            meta = reader.meta("v1")
            seen[number] = meta.catalog or ""
            expected = later(meta.catalog or "").records
            category = reader.categories(meta).path(0)
            if (reader.products(meta, [0, 1, 2, 3]), category) != (expected, expected[0]["category"]):
                torn.append(meta.catalog)

    readers = [threading.Thread(target=read_on, args=(number,)) for number in range(4)]
    for one in readers:
        one.start()
    for number in range(1, 9):
        with acquire_lease(each_store, keys) as lease:
            put(each_store, keys, f"c{number}", lease)
            wait_until(partial(all_read, f"c{number}"), "readers take the new catalogue")
            reap(each_store, keys, lease)
    done.set()
    for one in readers:
        one.join()
    assert torn == []


def test_a_catalogue_for_a_version_that_was_cleared_is_an_orphan(store, keys):
    for version in ("v1", "v2", "v3"):
        publish_tiny(store, keys, version)
    with acquire_lease(store, keys) as lease:
        write_tiny(store, keys, "v4", lease).publish(info("v4"))
    put_now(store, keys, "c1", version="v1")
    assert {"v1", "v1:c1", "v2"} <= set(reap_now(store, keys))
