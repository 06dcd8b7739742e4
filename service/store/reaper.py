"""Clearing versions that nobody serves any more, and what killed publishers left behind."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection
from typing import cast

import redis

from service.store.keys import Keys
from service.store.lease import Lease
from service.store.versions import live

_SCAN_COUNT = 1_000

_log = logging.getLogger(__name__)

# KEYS: writers. ARGV: a fencing token, versions. Forgets who wrote these, unless a later lease does so again.
_FORGET_WRITERS = """
for i = 2, #ARGV do
  local token = redis.call('HGET', KEYS[1], ARGV[i])
  if token and tonumber(token) < tonumber(ARGV[1]) then redis.call('HDEL', KEYS[1], ARGV[i]) end
end
"""


def reap(client: redis.Redis, keys: Keys, lease: Lease) -> dict[str, int]:
    """Remove the keys of every version that is neither live nor the one before it.

    What this lease or a later one is writing stays: each writer leaves its token before its first key,
    so that a run which overslept cannot clear away the work of the one that took over. Readers that
    still hold a removed version find its lists absent; they look for a new pointer every 250 ms.

    Returns:
        Keys removed, by version.

    Raises:
        redis.RedisError: the store is away.
    """
    pointer = live(client, keys)
    served = {pointer.version, pointer.previous} if pointer else set()
    removed: Counter[str] = Counter()
    cursor = 0
    while True:
        cursor, page = client.scan(cursor, match=keys.version_pattern(), count=_SCAN_COUNT)
        by_key = {key: keys.version_of(key) for key in cast(list[bytes], page)}
        spared = served | _written_since(client, keys, lease, set(by_key.values()) - served)
        orphans = [key for key, version in by_key.items() if version not in spared]
        if orphans:
            client.unlink(*orphans)
            removed.update(by_key[key] for key in orphans)
        if cursor == 0:
            break
    if removed:
        client.eval(_FORGET_WRITERS, 1, keys.writers, lease.token, *removed)
    for version, count in removed.items():
        _log.info("removed version %s: %d keys", version, count)
    return dict(removed)


def _written_since(client: redis.Redis, keys: Keys, lease: Lease, versions: Collection[str]) -> set[str]:
    """Those of the versions that this lease or a later one writes."""
    if not versions:
        return set()
    names = list(versions)
    tokens = cast(list[bytes | None], client.hmget(keys.writers, names))
    return {name for name, token in zip(names, tokens, strict=True) if token and int(token) >= lease.token}
