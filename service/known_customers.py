"""Which ids are customers of the live version: asked of the store once, then remembered."""

from __future__ import annotations

from collections.abc import Iterable

from service.fetching import BOUGHT
from service.lru import LRU
from service.snapshot import Snapshot
from service.store.reader import StoreReader

MAX_REMEMBERED = 20_000

_LISTS = ("for_you", BOUGHT)
"""Every customer has one of them."""


class KnownCustomers:
    """Remembers who is one, until somebody is erased. Who is none is asked again."""

    def __init__(self, reader: StoreReader) -> None:
        self._reader = reader
        self._known: LRU[tuple[str, int, str], bool] = LRU(MAX_REMEMBERED)

    def among(self, ids: Iterable[str], snapshot: Snapshot, erasures: int) -> set[str]:
        """Those of the ids that are customers of the snapshot's version; one round trip at most.

        Args:
            erasures: how many there were; what was remembered before the latest one does not count.

        Raises:
            redis.RedisError: the store is away.
        """
        meta = snapshot.meta
        if meta is None:
            return set()
        asked = set(ids)
        known = {id for id in asked if self._known.get((meta.version, erasures, id))}
        unsure = list(asked - known)
        if unsure:
            found = self._reader.read(meta, [("customer", name, id) for id in unsure for name in _LISTS])
            new = {id for place, id in enumerate(unsure) if any(found[2 * place : 2 * place + 2])}
            for id in new:
                self._known.put((meta.version, erasures, id), True)
            known |= new
        return known
