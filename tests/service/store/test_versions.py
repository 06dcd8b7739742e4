"""The pointer and what is remembered of each version."""

from __future__ import annotations

import dataclasses
import json

import pytest

from service.store.lease import LeaseLost, acquire_lease
from service.store.versions import (
    DemoRefused,
    Live,
    VersionInfo,
    VersionMissing,
    forget_versions,
    history,
    list_versions,
    live,
    point_to,
)
from tests.service.store.lost_replies import LossyConnection, lossy_client
from tests.service.store.tiny_version import info, publish_tiny, write_tiny


def test_nothing_is_live_before_the_first_publication(each_store, keys):
    assert live(each_store, keys) is None
    assert list_versions(each_store, keys) == []
    assert history(each_store, keys) == []


def test_publishing_moves_the_pointer_and_remembers_the_one_before(each_store, keys):
    assert publish_tiny(each_store, keys, "v1") == Live("v1", None, 1)
    assert publish_tiny(each_store, keys, "v2") == Live("v2", "v1", 2)
    assert live(each_store, keys) == Live("v2", "v1", 2)
    assert [entry["version"] for entry in history(each_store, keys)] == ["v2", "v1"]


def test_going_back_and_forth(store, keys):
    publish_tiny(store, keys, "v1")
    publish_tiny(store, keys, "v2")
    with acquire_lease(store, keys) as lease:
        assert point_to(store, keys, "v1", lease) == Live("v1", "v2", 3)
        assert point_to(store, keys, "v2", lease) == Live("v2", "v1", 4)


def test_activating_the_live_version_keeps_the_one_before(store, keys):
    publish_tiny(store, keys, "v1")
    publish_tiny(store, keys, "v2")
    with acquire_lease(store, keys) as lease:
        assert point_to(store, keys, "v2", lease) == Live("v2", "v1", 3)
    assert len(history(store, keys)) == 2


def test_a_version_that_the_store_does_not_hold_cannot_be_activated(store, keys):
    publish_tiny(store, keys, "v1")
    with acquire_lease(store, keys) as lease, pytest.raises(VersionMissing, match="v0"):
        point_to(store, keys, "v0", lease)
    assert live(store, keys) == Live("v1", None, 1)


def test_a_run_that_overslept_cannot_move_the_pointer(each_store, keys):
    publish_tiny(each_store, keys, "v1")
    overslept = acquire_lease(each_store, keys)
    writer = write_tiny(each_store, keys, "v2", overslept)
    each_store.delete(keys.lock)  # its lease ran out while it was paused
    with acquire_lease(each_store, keys) as newer:
        write_tiny(each_store, keys, "v3", newer).publish(info("v3"))
    with pytest.raises(LeaseLost):
        writer.publish(info("v2"))
    with pytest.raises(LeaseLost):
        point_to(each_store, keys, "v1", overslept)
    assert live(each_store, keys) == Live("v3", "v1", 2)
    assert [one.version for one in list_versions(each_store, keys)] == ["v3", "v1"]
    overslept.release()


def test_the_fence_tells_owners_apart_that_were_given_the_same_number(store, keys):
    """A replica promoted before the fence reached it hands the same number out again."""
    first = acquire_lease(store, keys)
    writer = write_tiny(store, keys, "v1", first)
    store.delete(keys.lock)
    store.hset(keys.fence, "token", first.token - 1)
    with acquire_lease(store, keys) as second:
        assert second.token == first.token
        with pytest.raises(LeaseLost):
            writer.publish(info("v1"))
    first.release()


def test_demonstration_data_never_replaces_a_live_version(each_store, keys):
    publish_tiny(each_store, keys, "shop")
    with pytest.raises(DemoRefused):
        publish_tiny(each_store, keys, "demo", demo=True)
    assert live(each_store, keys) == Live("shop", None, 1)


def test_demonstration_data_goes_live_where_nothing_is_and_is_replaced_by_the_shops_own(store, keys):
    publish_tiny(store, keys, "demo", demo=True)
    assert publish_tiny(store, keys, "shop") == Live("shop", "demo", 2)


def test_a_move_whose_first_reply_was_lost_is_made_once(store, store_url, keys):
    with lossy_client(store_url) as client, acquire_lease(client, keys) as lease:
        writer = write_tiny(client, keys, "demo", lease)
        LossyConnection.to_lose = 1
        pointer = writer.publish(info("demo", demo=True))
        assert LossyConnection.to_lose == 0
    assert (pointer.version, pointer.previous) == ("demo", None)
    assert [entry["version"] for entry in history(store, keys)] == ["demo"]


def test_all_facts_of_a_version_come_back_newest_first(store, keys):
    for version, day in [("a", "01"), ("b", "03"), ("c", "02")]:
        facts = VersionInfo(
            version,
            f"2026-01-{day}T00:00:00Z",
            "ci@host",
            "blend",
            forced=True,
            config_digest="1a2b",
            config={"k": 20},
            metrics={"blend": {"all": {"ndcg@10": 0.25}}},
            counts={"orders": 5},
        )
        with acquire_lease(store, keys) as lease:
            write_tiny(store, keys, version, lease).publish(facts)
    found = list_versions(store, keys)
    assert [one.version for one in found] == ["b", "c", "a"]
    assert found[0].metrics["blend"]["all"]["ndcg@10"] == 0.25
    assert (found[0].forced, found[0].demo, found[0].config) == (True, False, {"k": 20})
    assert found[0].counts == {"orders": 5, "for_you": 2, "bought": 1, "similar_items": 1, "explain": 1}
    assert found[0].size_bytes > 500


def test_a_fact_that_a_later_release_added_is_no_obstacle():
    text = json.dumps({**dataclasses.asdict(info("v1")), "colour": "red"})
    assert VersionInfo.from_json(text) == info("v1")


def test_forgetting_spares_the_live_version_and_the_one_before(store, keys):
    for version in ("v1", "v2", "v3"):
        publish_tiny(store, keys, version)
    forget_versions(store, keys, ["v1", "v2", "v3", "unknown"])
    assert {one.version for one in list_versions(store, keys)} == {"v2", "v3"}
