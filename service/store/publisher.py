"""Writing a version: everything under its own prefix first, then checked, then one move of the pointer.

Until that move nobody reads what is written here, so a publisher that dies at any moment leaves the
old version serving, and keys that `service.store.reaper` removes with the next run.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import redis

from service.store.keys import Keys, bucket_count, bucket_of
from service.store.lease import Lease
from service.store.packed import encode_categories, encode_product_ids
from service.store.versions import Live, VersionInfo, flip

Progress = Callable[[int, int], None]

_FIELDS_PER_ROUND_TRIP = 10_000
_FIELDS_PER_COMMAND = 5
"""At least so many on average: a command costs more than a field. Many buckets make longer round trips."""
_SAMPLED_FIELDS = 20


class VersionIncomplete(Exception):
    """What the store holds is not what was written; nothing was published."""


@dataclass
class _WrittenHash:
    """Fields spread over the buckets of one name, and some of them to compare with what the store holds."""

    prefix: str
    buckets: int
    fields: int
    sample: dict[bytes, bytes] = field(default_factory=dict)

    def key(self, field_name: bytes) -> str:
        return f"{self.prefix}{bucket_of(field_name, self.buckets)}"

    def all_keys(self) -> list[str]:
        return [f"{self.prefix}{bucket}" for bucket in range(self.buckets)]


class VersionWriter:
    """Writes one version, list by list, and publishes it.

    Each list is written once. All methods raise LeaseLost where another run has taken the lease, and
    redis.RedisError where the store fails; what was written by then is never served.
    """

    def __init__(self, client: redis.Redis, keys: Keys, version: str, lease: Lease) -> None:
        if ":" in version or not version:
            raise ValueError(f"no version id: {version!r}")
        self._client = client
        self._keys = keys
        self._version = version
        self._lease = lease
        families = ("customer", "item", "products", "explain")
        self._hashes: dict[str, dict[str, _WrittenHash]] = {family: {} for family in families}
        self._strings: dict[str, bytes] = {}
        self._globals: dict[str, bytes] = {}
        client.hset(keys.writers, version, lease.token)  # before the first key: see `service.store.reaper`

    def write_customer_lists(
        self, name: str, ids: Sequence[str], values: Iterable[bytes], progress: Progress | None = None
    ) -> None:
        """Write one packed list a customer; `values` may be a generator, in the order of `ids`.

        Raises:
            ValueError: an id twice, or not one value for each id.
        """
        prefix = self._keys.lists(self._version, "customer", name)
        self._hashes["customer"][name] = self._write_hash(prefix, ids, values, progress)

    def write_item_lists(
        self, name: str, ids: Sequence[str], values: Iterable[bytes], progress: Progress | None = None
    ) -> None:
        """Write one packed list a product; otherwise as `write_customer_lists`."""
        prefix = self._keys.lists(self._version, "item", name)
        self._hashes["item"][name] = self._write_hash(prefix, ids, values, progress)

    def write_global_list(self, name: str, value: bytes) -> None:
        """Write a packed list that is the same for everybody."""
        self._lease.check()
        self._globals[name] = value
        self._client.hset(self._keys.global_lists(self._version), name, value)

    def write_catalog(
        self,
        product_ids: Sequence[str],
        categories: Sequence[str | None],
        records: Sequence[Mapping[str, Any]],
        progress: Progress | None = None,
    ) -> None:
        """Write what is known of the products; position in each sequence = product index.

        Args:
            product_ids: all ids that lists may refer to.
            categories: paths such as `A > B > C`.
            records: title, url, image_url, brand, category, price, currency, in_stock; as JSON takes them.

        Raises:
            ValueError: lengths that differ, an id twice, too many products, or a record with NaN.
        """
        if not len(product_ids) == len(categories) == len(records):
            raise ValueError("product_ids, categories and records differ in length")
        self._write_string(self._keys.product_ids(self._version), encode_product_ids(product_ids))
        self._write_string(self._keys.categories(self._version), encode_categories(categories))
        self._hashes["products"]["products"] = self._write_hash(
            self._keys.products(self._version),
            [str(index) for index in range(len(product_ids))],
            (_json(record) for record in records),
            progress,
        )

    def write_explain(
        self, ids: Sequence[str], records: Iterable[Mapping[str, Any]], progress: Progress | None = None
    ) -> None:
        """Write the scores by model that the preview shows, for some customers; as JSON takes them."""
        deflated = (zlib.compress(_json(record), level=1) for record in records)
        prefix = self._keys.explain(self._version)
        self._hashes["explain"]["explain"] = self._write_hash(prefix, ids, deflated, progress)

    def publish(self, info: VersionInfo, *, demo_may_replace: bool = False) -> Live:
        """Check that all that was written is there, then make it live in one step.

        The number of lists by name joins `info.counts`, the server's estimate becomes `info.size_bytes`.

        Args:
            info: of the version that was written.
            demo_may_replace: a demonstration version may replace a live one, as somebody asked for it.

        Raises:
            VersionIncomplete: the store lost something; the old version stays live.
            LeaseLost: another run has taken the lease; the old version stays live.
            DemoRefused: `info.demo` that may not replace, and something is live.
        """
        if info.version != self._version:
            raise ValueError(f"this writer wrote {self._version}, not {info.version}")
        self._lease.check()
        self._check_strings()
        for written in self._all_hashes():
            self._check_hash(written)
        info = replace(info, counts={**info.counts, **self._list_counts()}, size_bytes=self._size_bytes())
        self._client.set(self._keys.meta(self._version), _json(self._meta(info)))
        return flip(
            self._client, self._keys, self._version, self._lease, info, demo_may_replace=demo_may_replace
        )

    def _write_hash(
        self, prefix: str, ids: Sequence[str], values: Iterable[bytes], progress: Progress | None
    ) -> _WrittenHash:
        if len(set(ids)) < len(ids):
            raise ValueError("an id stands twice")
        written = _WrittenHash(prefix, bucket_count(len(ids)), len(ids))
        every = max(1, len(ids) // _SAMPLED_FIELDS)
        pairs = zip((one.encode() for one in ids), values, strict=True)
        done = 0
        for chunk in _chunks(pairs, max(_FIELDS_PER_ROUND_TRIP, _FIELDS_PER_COMMAND * written.buckets)):
            self._lease.check()
            self._send(written, chunk)
            written.sample.update(chunk[::every])
            done += len(chunk)
            if progress:
                progress(done, len(ids))
        return written

    def _send(self, written: _WrittenHash, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        by_key: defaultdict[str, list[bytes]] = defaultdict(list)
        for name, value in pairs:
            by_key[written.key(name)] += (name, value)
        pipeline = self._client.pipeline(transaction=False)
        for key, items in by_key.items():
            pipeline.hset(key, items=items)
        pipeline.execute()

    def _write_string(self, key: str, value: bytes) -> None:
        self._lease.check()
        self._client.set(key, value)
        self._strings[key] = value

    def _all_hashes(self) -> Iterator[_WrittenHash]:
        for by_name in self._hashes.values():
            yield from by_name.values()

    def _check_strings(self) -> None:
        for key, value in self._strings.items():
            if self._client.strlen(key) != len(value):
                raise VersionIncomplete(f"{key} is not what was written")
        if self._client.hgetall(self._keys.global_lists(self._version)) != {
            name.encode(): value for name, value in self._globals.items()
        }:
            raise VersionIncomplete("the global lists are not what was written")

    def _check_hash(self, written: _WrittenHash) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for key in written.all_keys():
            pipeline.hlen(key)
        held = sum(pipeline.execute())
        if held != written.fields:
            raise VersionIncomplete(f"{written.prefix} holds {held:,} of {written.fields:,} fields")
        for name in written.sample:
            pipeline.hget(written.key(name), name)
        if pipeline.execute() != list(written.sample.values()):
            raise VersionIncomplete(f"{written.prefix} holds other values than were written")

    def _list_counts(self) -> dict[str, int]:
        lists = {**self._hashes["customer"], **self._hashes["item"], **self._hashes["explain"]}
        return {name: written.fields for name, written in lists.items()}

    def _size_bytes(self) -> int:
        pipeline = self._client.pipeline(transaction=False)
        for key in [*self._strings, self._keys.global_lists(self._version)]:
            pipeline.memory_usage(key)
        for written in self._all_hashes():
            for key in written.all_keys():
                pipeline.memory_usage(key)
        return sum(size or 0 for size in pipeline.execute())

    def _meta(self, info: VersionInfo) -> dict[str, Any]:
        buckets = {
            family: {name: written.buckets for name, written in by_name.items()}
            for family, by_name in self._hashes.items()
        }
        return {"info": asdict(info), "buckets": buckets}


def _chunks(pairs: Iterable[tuple[bytes, bytes]], size: int) -> Iterator[list[tuple[bytes, bytes]]]:
    chunk: list[tuple[bytes, bytes]] = []
    for pair in pairs:
        chunk.append(pair)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
