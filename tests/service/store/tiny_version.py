"""A version small enough to check by eye: two customers, three products."""

from __future__ import annotations

from typing import Any

import numpy as np
import redis

from service.store.codec import encode_indices, encode_lists
from service.store.keys import Keys
from service.store.lease import Lease, acquire_lease
from service.store.packed import ProductFlags
from service.store.publisher import VersionWriter
from service.store.versions import Live, VersionInfo

PRODUCTS = ["milk", "tea", "0042"]
CATEGORIES = ["Food > Dairy", "Food > Drinks", None]
RECORDS: list[dict[str, Any]] = [
    {"title": "Milk", "price": 1.2},
    {"title": "Thé", "price": 3},
    {"title": "Lamp", "price": None},
]

ANNA = [(0, 0.5, 0, -1), (1, 0.25, 2, 0)]
BERT = [(2, 1.0, 4, -1)]


def info(version: str, *, demo: bool = False) -> VersionInfo:
    """The facts of a version, as far as tests care."""
    return VersionInfo(version, "2026-11-23T13:05:01Z", "ci@host", "blend", demo=demo, counts={"orders": 7})


def packed(items: list[tuple[int, float, int, int]]) -> bytes:
    """One list, from what `decode_list` gives."""
    columns = [np.array([column]) for column in zip(*items, strict=True)]
    return encode_lists(columns[0], columns[1], columns[2].astype(np.uint8), columns[3])[0]


def write_tiny(client: redis.Redis, keys: Keys, version: str, lease: Lease) -> VersionWriter:
    """Write all of it, and leave the publishing to the caller."""
    writer = VersionWriter(client, keys, version, lease)
    writer.write_catalog(PRODUCTS, CATEGORIES, RECORDS)
    writer.write_customer_lists("for_you", ["anna", "bert"], [packed(ANNA), packed(BERT)])
    writer.write_customer_lists("bought", ["anna"], [encode_indices(np.array([0]))])
    writer.write_item_lists("similar_items", ["milk"], [packed(BERT)])
    writer.write_global_list("popular", packed(BERT))
    every = np.ones(len(PRODUCTS), dtype=bool)
    writer.write_flags(ProductFlags(listed=every, withdrawn=~every))
    writer.write_sales(b"sales")
    writer.write_repurchase_days(np.array([7.0, np.nan]))
    writer.write_explain(["anna"], [{"als": [0.5, 0.25]}])
    return writer


def publish_tiny(client: redis.Redis, keys: Keys, version: str, *, demo: bool = False) -> Live:
    """Write it and make it live."""
    with acquire_lease(client, keys) as lease:
        return write_tiny(client, keys, version, lease).publish(info(version, demo=demo))
