"""Whose data were erased, and when: hashes of ids, so that a later training run does not bring them back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import cast

import redis

from service.store.keys import Keys

Tombstones = Mapping[str, int]
"""`digest` of an id → when it was erased, in ms since 1970: what is older is gone, what is newer may stay."""

# KEYS: tombstones. ARGV: digest, ms, digest, ms … The latest time of each stands. Also while the store is
# full: what is erased then makes room.
_BURY = """#!lua flags=allow-oom
for i = 1, #ARGV, 2 do
  local known = redis.call('HGET', KEYS[1], ARGV[i])
  if not known or tonumber(known) < tonumber(ARGV[i + 1]) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
"""

_AT_ONCE = 1_000


def digest(id: str) -> str:
    """SHA-1 of an id in hex: what stands for a visitor or customer where the id itself may not stand."""
    return hashlib.sha1(id.encode(), usedforsecurity=False).hexdigest()


def bury(client: redis.Redis, keys: Keys, tombstones: Tombstones) -> None:
    """Leave tombstones; of an id that has one already, the later time stands."""
    arguments = [part for tombstone in tombstones.items() for part in tombstone]
    for start in range(0, len(arguments), 2 * _AT_ONCE):
        client.eval(_BURY, 1, keys.tombstones, *arguments[start : start + 2 * _AT_ONCE])


def read_tombstones(client: redis.Redis, keys: Keys) -> dict[str, int]:
    """All of them."""
    stored = cast(dict[bytes, bytes], client.hgetall(keys.tombstones))
    return {name.decode(): int(at) for name, at in stored.items()}


def erased_among(ids: Iterable[str], tombstones: Tombstones, since_ms: int = 0) -> dict[str, int]:
    """Those of the ids that were erased at or after `since_ms`, with the time in ms since 1970."""
    if not tombstones:
        return {}
    found = ((one, tombstones.get(digest(one))) for one in ids)
    return {one: at for one, at in found if at is not None and at >= since_ms}
