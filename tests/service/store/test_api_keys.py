"""API keys: hashes only, one first admin key, revoked at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import redis

from service.store.api_keys import (
    ROLES,
    all_hashes,
    create_key,
    ensure_admin_key,
    find_key,
    hash_key,
    list_keys,
    revoke_key,
)
from tests.service.store.lost_replies import LossyConnection, lossy_client


@pytest.mark.parametrize("role", ROLES)
def test_a_key_is_found_by_its_hash(each_store, keys, role):
    key, secret = create_key(each_store, keys, role)
    assert find_key(each_store, keys, hash_key(secret)) == key
    assert key.role == role
    assert find_key(each_store, keys, hash_key(secret + "x")) is None


def test_the_secret_is_stored_nowhere(store, keys):
    _, secret = create_key(store, keys, "admin")
    stored = repr([store.hgetall(key) for key in store.scan_iter()])
    assert secret not in stored
    assert hash_key(secret) in stored


def test_an_unknown_role_is_refused(store, keys):
    with pytest.raises(ValueError, match="public, storefront, merchandiser, admin"):
        create_key(store, keys, "root")
    assert list_keys(store, keys) == []


def test_keys_are_listed_and_revoked_by_id(store, keys):
    first, secret = create_key(store, keys, "storefront")
    second, _ = create_key(store, keys, "public")
    assert {key.id for key in list_keys(store, keys)} == {first.id, second.id}
    assert revoke_key(store, keys, first.id)
    assert not revoke_key(store, keys, first.id)
    assert find_key(store, keys, hash_key(secret)) is None
    assert list_keys(store, keys) == [second]


def test_all_hashes_are_what_a_process_keeps(store, keys):
    key, secret = create_key(store, keys, "public")
    assert all_hashes(store, keys) == {hash_key(secret): key}


def test_processes_that_start_at_once_make_one_admin_key(each_store, keys):
    with ThreadPoolExecutor(8) as pool:
        made = [
            secret for secret in pool.map(lambda _: ensure_admin_key(each_store, keys), range(16)) if secret
        ]
    assert len(made) == 1
    found = find_key(each_store, keys, hash_key(made[0]))
    assert found is not None
    assert found.role == "admin"


@pytest.mark.parametrize("lost", [1, 4, 9], ids=["and_asked_again", "in_a_whole_call", "in_two_calls"])
def test_a_first_admin_key_whose_reply_is_lost_is_told_after_all(store, store_url, keys, lost, monkeypatch):
    monkeypatch.setattr(LossyConnection, "to_lose", lost)
    secret = None
    with lossy_client(store_url) as client:
        while secret is None:
            with suppress(redis.ConnectionError):
                secret = ensure_admin_key(client, keys)
                assert secret is not None
        (key,) = list_keys(store, keys)
        assert find_key(store, keys, hash_key(secret)) == key
        assert ensure_admin_key(client, keys) is None


def test_the_first_admin_key_stays_revoked(store, keys):
    assert ensure_admin_key(store, keys)
    (key,) = list_keys(store, keys)
    revoke_key(store, keys, key.id)
    assert ensure_admin_key(store, keys) is None
    assert list_keys(store, keys) == []
