"""Names of keys: one cluster slot for control, nothing of a shop's ids in any name."""

from __future__ import annotations

import pytest

from service.store.keys import Keys, bucket_count, bucket_of

CONTROL = (
    "live",
    "versions",
    "history",
    "lock",
    "fence",
    "writers",
    "api_keys",
    "admin",
    "secret",
    "schedule",
)


@pytest.mark.parametrize("name", CONTROL)
def test_control_keys_share_one_slot(name):
    assert getattr(Keys(), name).startswith("recs:{meta}:")


def test_control_keys_differ():
    assert len({getattr(Keys(), name) for name in CONTROL}) == len(CONTROL)


def test_the_pattern_of_a_version_matches_its_keys_and_no_strangers():
    keys = Keys("shop[1]*")
    assert keys.version_pattern("v1") == r"shop\[1\]\*:v:v1:*"


def test_a_key_tells_its_version():
    keys = Keys("a:v:b")
    assert keys.version_of(keys.meta("20261123T130501Z-1a2b").encode()) == "20261123T130501Z-1a2b"
    assert keys.version_of((keys.lists("v7", "customer", "for_you") + "3").encode()) == "v7"


@pytest.mark.parametrize("fields, buckets", [(0, 1), (1, 1), (100, 1), (101, 2), (100_000, 1_000)])
def test_about_a_hundred_fields_share_a_hash(fields, buckets):
    assert bucket_count(fields) == buckets


def test_the_bucket_is_the_same_everywhere():
    assert bucket_of(b"123456789", 1_000_000_000) == 0xCBF43926 % 1_000_000_000  # CRC-32's check value
