"""Product records for answers: from the snapshot, from a bounded process cache, else in one round trip."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from redis import RedisError

from service.follower import Follower
from service.snapshot import Snapshot
from service.store.reader import StoreReader

CACHED_RECORDS = 20_000

SHOWN_FIELDS = (
    *("title", "url", "image_url", "brand", "category", "price", "currency", "in_stock"),
    *("available_from", "tags"),
)
"""What an answer shows of a record."""

Record = dict[str, Any]
Place = tuple[str, str | None]
"""A version and its catalogue."""


def shown_fields(record: Record | None) -> Record | None:
    """What an answer shows of a record."""
    return None if record is None else {name: record.get(name) for name in SHOWN_FIELDS}


class ProductRecords:
    """Reads records of a version's products, keeping the most recently used ones."""

    def __init__(self, reader: StoreReader, follower: Follower) -> None:
        self._reader = reader
        self._follower = follower
        # The place and its cache change together, in one assignment: threads share them.
        self._cached: tuple[Place | None, OrderedDict[int, Record]] = (None, OrderedDict())

    def of(self, snapshot: Snapshot, products: Sequence[int]) -> dict[int, Record]:
        """The records, as the training wrote them, by product index.

        A product without a record, or whose record cannot be read now, is absent.
        """
        place = snapshot.meta.place if snapshot.meta else None
        cached_of, cache = self._cached
        if place != cached_of:
            cache = OrderedDict()
            self._cached = (place, cache)
        found: dict[int, Record] = {}
        for product in products:
            record = snapshot.records.get(product) or cache.pop(product, None)
            if record is not None:
                found[product] = record
        missing = [product for product in products if product not in found]
        found |= self._fetched(snapshot, missing)
        for product, record in found.items():
            if product not in snapshot.records:
                cache[product] = record
        while len(cache) > CACHED_RECORDS:
            cache.popitem(last=False)
        return found

    def _fetched(self, snapshot: Snapshot, products: Sequence[int]) -> dict[int, Record]:
        if not products or snapshot.meta is None or not self._follower.store_up:
            return {}
        try:
            records = self._reader.products(snapshot.meta, products)
        except RedisError as error:
            self._follower.failed(error)
            return {}
        return {product: record for product, record in zip(products, records, strict=True) if record}
