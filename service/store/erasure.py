"""Taking a person out of the store: state, identity, entries of the stream, published lists.

The tombstones come first. Whoever publishes meanwhile looks at them after the pointer has moved, and this
looks at the pointer after they are there: one of the two finds the lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import redis

from service.store.keys import Keys, bucket_of
from service.store.reader import StoreReader
from service.store.versions import VersionMissing, live

ERASURES = "erasures"
"""The field of the pointer that makes processes drop the lists which they hold."""


def erase_lists(client: redis.Redis, keys: Keys, version: str, ids: Sequence[str]) -> int:
    """Remove all that a version has of these customers; returns how many lists and records that was."""
    try:
        buckets = StoreReader(client, keys).meta(version).buckets
    except VersionMissing:
        return 0
    places = [(keys.lists(version, "customer", name), n) for name, n in buckets["customer"].items()]
    places += [(keys.explain(version), n) for n in buckets["explain"].values()]
    pipeline = client.pipeline(transaction=False)
    for customer_id in ids:
        field = customer_id.encode()
        for prefix, n in places:
            pipeline.hdel(f"{prefix}{bucket_of(field, n)}", cast(str, field))
    return sum(pipeline.execute())


def erase_published_lists(client: redis.Redis, keys: Keys, ids: Sequence[str]) -> int:
    """As `erase_lists`, of the live version and the one before it."""
    pointer = live(client, keys)
    versions = [one for one in (pointer.version, pointer.previous) if one] if pointer else []
    return sum(erase_lists(client, keys, version, ids) for version in versions)


def tell_of_erasure(client: redis.Redis, keys: Keys) -> None:
    """Make every process drop the lists that it holds, with its next look at the pointer."""
    client.hincrby(keys.live, ERASURES, 1)
