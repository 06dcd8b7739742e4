"""Clearing versions that nobody serves any more, and what killed publishers left behind."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection
from typing import cast

import redis

from service.store.keys import Keys
from service.store.versions import live

_SCAN_COUNT = 1_000

_log = logging.getLogger(__name__)


def reap(client: redis.Redis, keys: Keys, keep: Collection[str] = ()) -> dict[str, int]:
    """Remove the keys of every version that is neither live, nor the one before it, nor in `keep`.

    Call it while holding the lease, with the version being written in `keep`: no other run is then
    half-way through one. Readers that still hold a removed version find its lists absent, so leave
    them the time to see the new pointer (they look every 250 ms).

    Returns:
        Keys removed, by version.
    """
    pointer = live(client, keys)
    kept = {*keep, pointer.version, pointer.previous} if pointer else set(keep)
    removed: Counter[str] = Counter()
    cursor = 0
    while True:
        cursor, found = client.scan(cursor, match=keys.version_pattern(), count=_SCAN_COUNT)
        orphans = [key for key in cast(list[bytes], found) if keys.version_of(key) not in kept]
        if orphans:
            client.unlink(*orphans)
            removed.update(keys.version_of(key) for key in orphans)
        if cursor == 0:
            break
    for version, count in removed.items():
        _log.info("removed version %s: %d keys", version, count)
    return dict(removed)
