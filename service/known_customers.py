"""Which ids are customers: of the live version, or by what `identify` said; asked once, then remembered."""

from __future__ import annotations

from collections.abc import Iterable

from service.fetching import BOUGHT
from service.lru import LRU
from service.snapshot import Snapshot
from service.store.keys import Keys
from service.store.reader import StoreReader, VersionMeta
from service.store.round_trip import Command

MAX_REMEMBERED = 20_000

_LISTS = ("for_you", BOUGHT)
"""Every customer has one of them."""


class KnownCustomers:
    """Remembers who is one, until somebody is erased. Who is none is asked again."""

    def __init__(self, reader: StoreReader, keys: Keys) -> None:
        self._reader = reader
        self._keys = keys
        self._known: LRU[tuple[str, int, str], bool] = LRU(MAX_REMEMBERED)

    def among(self, ids: Iterable[str], snapshot: Snapshot, erasures: int) -> set[str]:
        """Those of the ids that are customers of the snapshot's version, or have a customer's state.

        One round trip at most.

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
            found = self._reader.replies([one for id in unsure for one in self._commands(id, meta)])
            width = len(found) // len(unsure)
            new = {id for place, id in enumerate(unsure) if any(found[width * place : width * (place + 1)])}
            for id in new:
                self._known.put((meta.version, erasures, id), True)
            known |= new
        return known

    def _commands(self, id: str, meta: VersionMeta) -> list[Command]:
        lists = [self._reader.command(meta, ("customer", name, id)) for name in _LISTS]
        return [*(one for one in lists if one is not None), ("EXISTS", self._keys.customer(id))]
