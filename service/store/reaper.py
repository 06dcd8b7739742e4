"""Clearing versions and catalogues that nobody serves any more, and what killed publishers left behind."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection
from typing import cast

import redis

from service.store.keys import Keys, writer_field
from service.store.later_catalogs import later_catalogs
from service.store.lease import Lease
from service.store.versions import live

_SCAN_COUNT = 1_000

_log = logging.getLogger(__name__)

# KEYS: writers, catalogs. ARGV: a fencing token, what was removed: VERSION or VERSION:CATALOGUE. Forgets who
# wrote these and which catalogues the versions had, unless a later lease writes them again.
_FORGET = """
for i = 2, #ARGV do
  local token = redis.call('HGET', KEYS[1], ARGV[i])
  if not token or tonumber(token) < tonumber(ARGV[1]) then
    redis.call('HDEL', KEYS[1], ARGV[i])
    redis.call('HDEL', KEYS[2], ARGV[i])
  end
end
"""


def reap(client: redis.Redis, keys: Keys, lease: Lease) -> dict[str, int]:
    """Remove the keys of every version that is neither live nor the one before it.

    Of the versions that stay, later catalogues go that are neither current nor the one before. What this
    lease or a later one is writing stays: each writer leaves its token before its first key, so that a run
    which overslept cannot clear away the work of the one that took over. Readers that still hold a removed
    version find its lists absent; they look for a new pointer every 250 ms.

    Returns:
        Keys removed, by VERSION, or VERSION:CATALOGUE for a later catalogue.

    Raises:
        redis.RedisError: the store is away.
    """
    served = _served(client, keys)
    removed: Counter[str] = Counter()
    cursor = 0
    while True:
        cursor, page = client.scan(cursor, match=keys.version_pattern(), count=_SCAN_COUNT)
        by_key = {key: _owner(keys, key) for key in cast(list[bytes], page)}
        spared = served | _written_since(client, keys, lease, set(by_key.values()) - served)
        orphans = [key for key, owner in by_key.items() if owner not in spared]
        if orphans:
            client.unlink(*orphans)
            removed.update(by_key[key] for key in orphans)
        if cursor == 0:
            break
    if removed:
        client.eval(_FORGET, 2, keys.writers, keys.catalogs, lease.token, *removed)
    for owner, count in removed.items():
        _log.info("removed version %s: %d keys", owner, count)
    return dict(removed)


def _served(client: redis.Redis, keys: Keys) -> set[str]:
    """Whose keys are read: versions, and their later catalogues."""
    pointer = live(client, keys)
    versions = {one for one in (pointer.version, pointer.previous) if one} if pointer else set()
    catalogs = {
        writer_field(version, catalog)
        for version in versions
        for catalog in later_catalogs(client, keys, version)
    }
    return versions | catalogs


def _owner(keys: Keys, key: bytes) -> str:
    return writer_field(keys.version_of(key), keys.catalog_of(key))


def _written_since(client: redis.Redis, keys: Keys, lease: Lease, owners: Collection[str]) -> set[str]:
    """Those of the versions and catalogues that this lease or a later one writes."""
    if not owners:
        return set()
    names = list(owners)
    tokens = cast(list[bytes | None], client.hmget(keys.writers, names))
    return {name for name, token in zip(names, tokens, strict=True) if token and int(token) >= lease.token}
