"""Clearing: what nobody reads any more goes, and nothing else."""

from __future__ import annotations

import pytest

from service.store.keys import Keys
from service.store.reader import StoreReader
from service.store.reaper import reap
from tests.service.store.tiny_version import publish_tiny


def versions_held(store) -> set[bytes]:
    return {key.split(b":")[2] for key in store.scan_iter("recs:v:*")}


def test_the_live_version_and_the_one_before_stay(each_store, keys):
    for version in ("v1", "v2", "v3"):
        publish_tiny(each_store, keys, version)
    removed = reap(each_store, keys)
    assert list(removed) == ["v1"]
    assert versions_held(each_store) == {b"v2", b"v3"}
    reader = StoreReader(each_store, keys)
    assert reader.meta("v2").version == "v2"


def test_a_version_being_written_stays_if_it_is_named(store, keys):
    publish_tiny(store, keys, "v1")
    store.hset("recs:v:half:c:for_you:0", "anna", "x")
    store.hset("recs:v:orphan:c:for_you:0", "anna", "x")
    assert reap(store, keys, keep=["half"]) == {"orphan": 1}
    assert versions_held(store) == {b"v1", b"half"}


def test_without_anything_live_all_are_leftovers(store, keys):
    store.hset("recs:v:orphan:c:for_you:0", "anna", "x")
    assert reap(store, keys) == {"orphan": 1}


def test_thousands_of_orphans_go_in_one_call(store, keys):
    pipeline = store.pipeline(transaction=False)
    for bucket in range(5_000):
        pipeline.hset(f"recs:v:orphan:c:for_you:{bucket}", "anna", "x")
    pipeline.execute()
    assert reap(store, keys) == {"orphan": 5_000}
    assert store.dbsize() == 0


@pytest.mark.parametrize("prefix", ["recs", "r*cs", "rec?", "[recs]", "recs^", "re\\cs"])
def test_nothing_of_other_prefixes_or_other_people_is_touched(store, prefix):
    strangers = [
        f"{other}:v:orphan:c:for_you:0"
        for other in ("recs", "r*cs", "rec?", "[recs]", "recs^", "re\\cs", "recsx", "xrecs", "r")
        if other != prefix
    ] + [f"{prefix}:v2", f"{prefix}:other", f"x{prefix}:v:orphan:meta"]
    for key in [*strangers, f"{prefix}:v:orphan:meta"]:
        store.set(key, "x")
    assert reap(store, Keys(prefix)) == {"orphan": 1}
    assert {key.decode() for key in store.scan_iter()} == set(strangers)
