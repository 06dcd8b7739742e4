"""Clearing: what nobody reads any more goes, and nothing else."""

from __future__ import annotations

import pytest
import redis

from service.store.keys import Keys
from service.store.lease import acquire_lease
from service.store.publisher import VersionWriter
from service.store.reader import StoreReader
from service.store.reaper import reap
from service.store.versions import Live, live, point_to
from tests.servers import KINDS
from tests.service.store.tiny_version import info, publish_tiny, write_tiny
from tests.waiting import wait_until


def reap_now(client: redis.Redis, keys: Keys) -> dict[str, int]:
    """As a run does that writes nothing."""
    with acquire_lease(client, keys) as lease:
        return reap(client, keys, lease)


def versions_held(store) -> set[bytes]:
    return {key.split(b":")[2] for key in store.scan_iter("recs:v:*")}


def test_the_live_version_and_the_one_before_stay(each_store, keys):
    for version in ("v1", "v2", "v3"):
        publish_tiny(each_store, keys, version)
    removed = reap_now(each_store, keys)
    assert list(removed) == ["v1"]
    assert versions_held(each_store) == {b"v2", b"v3"}
    reader = StoreReader(each_store, keys)
    assert reader.meta("v2").version == "v2"


def test_what_this_lease_is_writing_stays(store, keys):
    publish_tiny(store, keys, "v1")
    store.hset("recs:v:orphan:c:for_you:0", "anna", "x")
    with acquire_lease(store, keys) as lease:
        writer = write_tiny(store, keys, "v2", lease)
        assert reap(store, keys, lease) == {"orphan": 1}
        assert writer.publish(info("v2")) == Live("v2", "v1", 2)


def test_a_run_that_overslept_does_not_clear_the_work_of_the_one_that_took_over(each_store, keys):
    publish_tiny(each_store, keys, "v1")
    overslept = acquire_lease(each_store, keys)
    write_tiny(each_store, keys, "v2", overslept)
    each_store.delete(keys.lock)  # its lease ran out while it was paused
    with acquire_lease(each_store, keys) as newer:
        assert list(reap(each_store, keys, newer)) == ["v2"]
        writer = write_tiny(each_store, keys, "v3", newer)
        assert reap(each_store, keys, overslept) == {}
        assert writer.publish(info("v3")) == Live("v3", "v1", 2)
    overslept.release()


def test_who_wrote_a_version_is_forgotten_with_it(store, keys):
    for version in ("v1", "v2", "v3", "v4"):
        publish_tiny(store, keys, version)
    reap_now(store, keys)
    assert set(store.hgetall(keys.writers)) == {b"v3", b"v4"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_server_is_cleared_of_leftovers_and_goes_back_and_on(own_server, keys, kind):
    client = own_server(kind).client
    publish_tiny(client, keys, "v1")
    publish_tiny(client, keys, "v2")
    with acquire_lease(client, keys) as lease:
        client.config_set("maxmemory", client.info("memory")["used_memory"] + 3_000_000)
        writer = VersionWriter(client, keys, "v3", lease)
        ids = [str(number) for number in range(10_000)]
        with pytest.raises(redis.OutOfMemoryError):
            writer.write_customer_lists("for_you", ids, (b"x" * 1_000 for _ in ids))
    assert live(client, keys) == Live("v2", "v1", 2)
    with acquire_lease(client, keys) as lease:
        assert point_to(client, keys, "v1", lease) == Live("v1", "v2", 3)
        assert list(reap(client, keys, lease)) == ["v3"]
        # UNLINK gives the memory back in a thread of the server's own, which may be late.
        wait_until(lambda: not client.info("memory")["lazyfree_pending_objects"], "the memory is free")
        write_tiny(client, keys, "v4", lease).publish(info("v4"))
    assert live(client, keys) == Live("v4", "v1", 4)


def test_without_anything_live_all_are_leftovers(store, keys):
    store.hset("recs:v:orphan:c:for_you:0", "anna", "x")
    assert reap_now(store, keys) == {"orphan": 1}


def test_thousands_of_orphans_go_in_one_call(store, keys):
    pipeline = store.pipeline(transaction=False)
    for bucket in range(5_000):
        pipeline.hset(f"recs:v:orphan:c:for_you:{bucket}", "anna", "x")
    pipeline.execute()
    assert reap_now(store, keys) == {"orphan": 5_000}
    assert not list(store.scan_iter("recs:v:*"))


@pytest.mark.parametrize("prefix", ["recs", "r*cs", "rec?", "[recs]", "recs^", "re\\cs"])
def test_nothing_of_other_prefixes_or_other_people_is_touched(store, prefix):
    strangers = [
        f"{other}:v:orphan:c:for_you:0"
        for other in ("recs", "r*cs", "rec?", "[recs]", "recs^", "re\\cs", "recsx", "xrecs", "r")
        if other != prefix
    ] + [f"{prefix}:v2", f"{prefix}:other", f"x{prefix}:v:orphan:meta"]
    for key in [*strangers, f"{prefix}:v:orphan:meta"]:
        store.set(key, "x")
    assert reap_now(store, Keys(prefix)) == {"orphan": 1}
    assert {key.decode() for key in store.scan_iter() if b"{meta}" not in key} == set(strangers)
