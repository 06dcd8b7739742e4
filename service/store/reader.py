"""Reading the published version: what the web process asks the store for.

All methods raise redis.RedisError while the store is away.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import redis

from service.store.attributes import ProductAttributes
from service.store.keys import Keys, Scope, bucket_of
from service.store.later_catalogs import later_catalogs
from service.store.packed import Categories, ProductFlags, ProductIds
from service.store.round_trip import Command, RoundTrips
from service.store.rule_revisions import NoSuchRevision, Rules, rule_revision
from service.store.versions import Live, Revisions, VersionInfo, VersionMissing, live, revisions

Wanted = tuple[Scope, str, str]
"""A list to read: scope, the list's name, the id of the customer or product ("" for a global list)."""


_BUCKETS_PER_ROUND_TRIP = 50


@dataclass(frozen=True)
class VersionMeta:
    """Where a version's lists are.

    Attributes:
        info: what is known of it.
        buckets: family (customer, item, products, explain) → name → number of hashes.
        catalog: the id of its later catalogue; None: the one that it was published with.
    """

    info: VersionInfo
    buckets: Mapping[str, Mapping[str, int]]
    catalog: str | None = None

    @cached_property
    def version(self) -> str:
        return self.info.version

    @property
    def place(self) -> tuple[str, str | None]:
        """Version and catalogue: where what a catalogue changes is, and what caches of it go by."""
        return self.info.version, self.catalog


class StoreReader:
    """Reads one store under one prefix; safe to share between threads."""

    def __init__(self, client: redis.Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._round_trips = RoundTrips(client)

    def live(self) -> Live | None:
        """What the pointer names; None before the first publication."""
        return live(self._client, self._keys)

    def revisions(self) -> Revisions:
        """Of all that web processes keep copies of."""
        return revisions(self._client, self._keys)

    def rules(self, revision: int) -> Rules:
        """The rules of a revision, as documents.

        Raises:
            VersionMissing: the store does not hold them.
        """
        try:
            return rule_revision(self._client, self._keys, revision).rules
        except NoSuchRevision as error:
            raise VersionMissing(str(error)) from error

    def meta(self, version: str) -> VersionMeta:
        """Where this version's lists are, with its latest catalogue.

        Raises:
            VersionMissing: the store does not hold it (a RedisError).
        """
        meta = json.loads(self._string(self._keys.meta(version)))
        later = later_catalogs(self._client, self._keys, version)
        if not later:
            return VersionMeta(VersionInfo.from_dict(meta["info"]), meta["buckets"])
        changed = json.loads(self._string(self._keys.catalog_meta(version, later[0])))
        info = VersionInfo.from_dict(changed["info"])
        return VersionMeta(info, meta["buckets"] | changed["buckets"], later[0])

    def read(self, meta: VersionMeta, wanted: Sequence[Wanted]) -> list[bytes | None]:
        """The packed lists asked for, in their order, in one round trip; None where there is none."""
        places = [self._place(meta, *one) for one in wanted]
        return self._hget_all(places)

    def command(self, meta: VersionMeta, wanted: Wanted) -> Command | None:
        """What to ask the store for one packed list, as part of a round trip; None: there is no such list."""
        place = self._place(meta, *wanted)
        return None if place is None else ("HGET", *place)

    def replies(self, commands: Sequence[Command]) -> list[Any]:
        """The replies to any commands, in their order, in one round trip; as bytes."""
        return self._round_trips.replies(commands)

    def global_lists(self, meta: VersionMeta) -> dict[str, bytes]:
        """All lists that are the same for everybody, packed, by name."""
        lists = cast(dict[bytes, bytes], self._client.hgetall(self._keys.global_lists(*meta.place)))
        return {name.decode(): value for name, value in lists.items()}

    def item_lists_of(
        self, meta: VersionMeta, product_ids: Iterable[str], list_names: Iterable[str]
    ) -> dict[tuple[str, str], bytes]:
        """The packed item lists of these products, where there are any, by (list's name, product id).

        One round trip.
        """
        products = list(product_ids)
        asked = [(name, product_id) for name in list_names for product_id in products]
        values = self.read(meta, [("item", *one) for one in asked])
        return {one: value for one, value in zip(asked, values, strict=True) if value is not None}

    def customer_lists(self, meta: VersionMeta, list_name: str) -> Iterator[tuple[str, bytes]]:
        """Every customer's packed list of this name, as (customer id, list), in no order."""
        prefix = self._keys.lists(meta.version, "customer", list_name)
        buckets = meta.buckets["customer"].get(list_name, 0)
        for customer_id, value in self._all_fields(prefix, buckets):
            yield customer_id.decode(), value

    def product_ids(self, meta: VersionMeta) -> ProductIds:
        """Product ids by index.

        Raises:
            VersionMissing: the store has lost them (a RedisError).
        """
        return ProductIds(self._string(self._keys.product_ids(*meta.place)))

    def categories(self, meta: VersionMeta) -> Categories:
        """Each product's category; raises as `product_ids`."""
        return Categories(self._string(self._keys.categories(*meta.place)))

    def flags(self, meta: VersionMeta) -> ProductFlags | None:
        """What holds for each product; None where the version was published without."""
        packed = cast(bytes | None, self._client.get(self._keys.product_flags(*meta.place)))
        return None if packed is None else ProductFlags.unpacked(packed)

    def attributes(self, meta: VersionMeta) -> ProductAttributes | None:
        """What rules ask of products; None where the version was published without."""
        packed = cast(bytes | None, self._client.get(self._keys.attributes(*meta.place)))
        return None if packed is None else ProductAttributes.unpacked(packed)

    def repurchase_days(self, meta: VersionMeta) -> np.ndarray | None:
        """(products sold,) float32: usual days between two purchases, NaN unknown; None: not published."""
        packed = cast(bytes | None, self._client.get(self._keys.repurchase(meta.version)))
        return None if packed is None else np.frombuffer(packed, dtype="<f4")

    def sales(self, meta: VersionMeta) -> bytes | None:
        """What the orders tell of the products, as it was written; None where the version has none."""
        return cast(bytes | None, self._client.get(self._keys.sales(meta.version)))

    def products(self, meta: VersionMeta, indices: Sequence[int]) -> list[dict[str, Any] | None]:
        """The catalogue's records of these product indices, in their order, in one round trip."""
        prefix = self._keys.products(*meta.place)
        buckets = meta.buckets["products"].get("products")
        places = [_bucketed(prefix, buckets, str(index)) for index in indices]
        return [None if value is None else json.loads(value) for value in self._hget_all(places)]

    def all_products(self, meta: VersionMeta) -> Iterator[tuple[int, dict[str, Any]]]:
        """The catalogue's record of every product, as (product index, record), in no order."""
        buckets = meta.buckets["products"].get("products", 0)
        for index, record in self._all_fields(self._keys.products(*meta.place), buckets):
            yield int(index), json.loads(record)

    def explain(self, meta: VersionMeta, customer_id: str) -> dict[str, Any] | None:
        """The scores by model that were kept for this customer, as written; None where none were."""
        buckets = meta.buckets["explain"].get("explain")
        (value,) = self._hget_all([_bucketed(self._keys.explain(meta.version), buckets, customer_id)])
        return None if value is None else json.loads(zlib.decompress(value))

    def _place(self, meta: VersionMeta, scope: Scope, name: str, id: str) -> _Place | None:
        if scope == "global":
            return self._keys.global_lists(*meta.place), name.encode()
        prefix = self._keys.lists(meta.version, scope, name)
        return _bucketed(prefix, meta.buckets[scope].get(name), id)

    def _all_fields(self, prefix: str, buckets: int) -> Iterator[tuple[bytes, bytes]]:
        for start in range(0, buckets, _BUCKETS_PER_ROUND_TRIP):
            pipeline = self._client.pipeline(transaction=False)
            for bucket in range(start, min(start + _BUCKETS_PER_ROUND_TRIP, buckets)):
                pipeline.hgetall(f"{prefix}{bucket}")
            for fields in pipeline.execute():
                yield from fields.items()

    def _string(self, key: str) -> bytes:
        value = cast(bytes | None, self._client.get(key))
        if value is None:
            raise VersionMissing(f"the store does not hold {key}")
        return value

    def _hget_all(self, places: Sequence[_Place | None]) -> list[bytes | None]:
        known = [place for place in places if place is not None]
        values = iter(self._round_trips.replies([("HGET", *place) for place in known]) if known else ())
        return [None if place is None else next(values) for place in places]


_Place = tuple[str, bytes]
"""A hash and a field in it."""


def _bucketed(prefix: str, buckets: int | None, id: str) -> _Place | None:
    if buckets is None:
        return None
    name = id.encode()
    return f"{prefix}{bucket_of(name, buckets)}", name
