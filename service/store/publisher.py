"""Writing a version: everything under its own prefix first, then checked, then one move of the pointer.

Until that move nobody reads what is written here, so a publisher that dies at any moment leaves the
old version serving, and keys that `service.store.reaper` removes with the next run.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import redis

from service.store.catalog_part import CatalogPart, as_json
from service.store.checked_writer import CheckedWriter, Progress, WrittenHash
from service.store.keys import Keys
from service.store.lease import Lease
from service.store.packed import ProductFlags
from service.store.versions import Live, VersionInfo, flip


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
        self._writer = CheckedWriter(client, lease)
        self._catalog = CatalogPart(self._writer, keys, version)
        self._hashes: dict[str, dict[str, WrittenHash]] = {
            family: {} for family in ("customer", "item", "products", "explain")
        }
        client.hset(keys.writers, version, lease.token)  # before the first key: see `service.store.reaper`

    def write_customer_lists(
        self, name: str, ids: Sequence[str], values: Iterable[bytes], progress: Progress | None = None
    ) -> None:
        """Write one packed list a customer; `values` may be a generator, in the order of `ids`.

        Raises:
            ValueError: an id twice, or not one value for each id.
        """
        prefix = self._keys.lists(self._version, "customer", name)
        self._hashes["customer"][name] = self._writer.write_hash(prefix, ids, values, progress)

    def write_item_lists(
        self, name: str, ids: Sequence[str], values: Iterable[bytes], progress: Progress | None = None
    ) -> None:
        """Write one packed list a product; otherwise as `write_customer_lists`."""
        prefix = self._keys.lists(self._version, "item", name)
        self._hashes["item"][name] = self._writer.write_hash(prefix, ids, values, progress)

    def write_global_list(self, name: str, value: bytes) -> None:
        """Write a packed list that is the same for everybody."""
        self._catalog.write_global_list(name, value)

    def write_catalog(
        self,
        product_ids: Sequence[str],
        categories: Sequence[str | None],
        records: Sequence[Mapping[str, Any]],
        progress: Progress | None = None,
    ) -> None:
        """Write what is known of the products, as `CatalogPart.write_products` does."""
        written = self._catalog.write_products(product_ids, categories, records, progress)
        self._hashes["products"]["products"] = written

    def write_flags(self, flags: ProductFlags) -> None:
        """Write the flags of all products."""
        self._catalog.write_flags(flags)

    def write_repurchase_days(self, days: np.ndarray) -> None:
        """Write (products sold,) float: usual days between two purchases by one customer; NaN unknown."""
        self._writer.write_string(self._keys.repurchase(self._version), days.astype("<f4").tobytes())

    def write_sales(self, packed: bytes) -> None:
        """Write what the orders tell of the products; what the bytes mean is the training's business."""
        self._writer.write_string(self._keys.sales(self._version), packed)

    def write_explain(
        self, ids: Sequence[str], records: Iterable[Mapping[str, Any]], progress: Progress | None = None
    ) -> None:
        """Write the scores by model that the preview shows, for some customers; as JSON takes them."""
        deflated = (zlib.compress(as_json(record), level=1) for record in records)
        prefix = self._keys.explain(self._version)
        self._hashes["explain"]["explain"] = self._writer.write_hash(prefix, ids, deflated, progress)

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
        self._writer.check()
        size = self._writer.size_bytes()
        info = replace(info, counts={**info.counts, **self._list_counts()}, size_bytes=size)
        self._client.set(self._keys.meta(self._version), as_json(self._meta(info)))
        return flip(
            self._client, self._keys, self._version, self._lease, info, demo_may_replace=demo_may_replace
        )

    def _list_counts(self) -> dict[str, int]:
        lists = {**self._hashes["customer"], **self._hashes["item"], **self._hashes["explain"]}
        return {name: written.fields for name, written in lists.items()}

    def _meta(self, info: VersionInfo) -> dict[str, Any]:
        buckets = {
            family: {name: written.buckets for name, written in by_name.items()}
            for family, by_name in self._hashes.items()
        }
        return {"info": asdict(info), "buckets": buckets}
