"""The signing secret: made once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from service.store.keys import Keys
from service.store.secret import get_or_create_secret


def test_all_processes_get_the_same_secret(each_store, keys):
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: get_or_create_secret(each_store, keys), range(16)))
    assert len(found) == 1
    assert len(found.pop()) == 64


def test_prefixes_have_secrets_of_their_own(store):
    assert get_or_create_secret(store, Keys("a")) != get_or_create_secret(store, Keys("b"))
