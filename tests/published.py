"""A tiny shop, published into a real store: every list short enough to read, every answer plain to the eye.

Products p0 … p11 (`PRODUCTS`); customers anna, ben (bought much), cleo (bought once) and düsseldorf/7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import redis

from service.store.codec import REASONS, encode_indices, encode_lists
from service.store.keys import Keys
from service.store.later_catalogs import LaterCatalog, put_in_place
from service.store.lease import acquire_lease
from service.store.packed import ProductFlags
from service.store.publisher import VersionWriter
from service.store.reader import StoreReader
from service.store.versions import VersionInfo

PRODUCTS = [f"p{number}" for number in range(12)]
CATEGORIES = ["Drinks > Tea"] * 3 + ["Drinks > Coffee"] * 3 + ["Drinks"] + ["Bakery"] * 4 + [None]

Listed = Sequence[tuple[int, float, str, int]]
"""Product index, score, reason, index of the reason's product or -1."""


def items(products: Sequence[int], reason: str = "bought_often", of: int = -1) -> Listed:
    """These products with scores 1.0, 0.5, 0.25 … and one reason."""
    return [(product, 0.5**place, reason, of) for place, product in enumerate(products)]


CUSTOMERS: Mapping[str, Mapping[str, Listed]] = {
    "for_you": {
        "anna": items([0, 1, 2, 3]),
        "ben": items(range(12)),
        "cleo": items([4]),
        "düsseldorf/7": items([5, 6]),
    },
    "discover": {"anna": items([3, 4], "similar_to", 0), "ben": items([10, 11], "bought_with", 1)},
    "buy_it_again": {"anna": items([1, 0], "due_again")},
}
BOUGHT = {"anna": [0, 1, 2], "ben": [0, 1, 5], "cleo": [4], "düsseldorf/7": [5]}
ITEMS: Mapping[str, Mapping[str, Listed]] = {
    "similar_items": {"p0": items([1, 2, 3], "similar_to", 0), "p1": items([2, 0, 4], "similar_to", 1)},
    "bought_together": {"p0": items([7], "bought_with", 0)},
}
GLOBALS: Mapping[str, Listed] = {
    "popular": items(range(9), "popular"),
    "trending": items([8, 7], "trending"),
    "new_arrivals": items([11, 10], "new"),
}
EXPLAINED = {"anna": {"products": [0, 1], "scores": {"personal": [0.9, 0.4], "als": [0.1, 0.2]}}}


def record(index: int) -> dict[str, Any]:
    """The catalogue's record of a product."""
    return {
        "title": f"Product {index}", "url": f"https://shop.example/{index}", "image_url": None,
        "brand": "Acme", "category": CATEGORIES[index], "price": 1.5 + index, "currency": "EUR",
        "in_stock": True,
    }  # fmt: skip


def flags(withdrawn: Sequence[int] = ()) -> ProductFlags:
    """All products listed, and these withdrawn."""
    listed = np.ones(len(PRODUCTS), dtype=bool)
    return ProductFlags(listed, np.isin(np.arange(len(PRODUCTS)), withdrawn))


def pack(listed: Listed) -> bytes:
    """One list in the store's format."""
    columns = zip(*listed, strict=True)
    product, score, reason, of = (np.array([column]) for column in columns)
    codes = np.array([[REASONS.index(name) for name in reason[0]]], dtype=np.uint8)
    return encode_lists(product, score, codes, of)[0]


def publish(
    client: redis.Redis,
    version: str = "20260101T000000Z-0001",
    keys: Keys | None = None,
    records: Sequence[dict[str, Any]] | None = None,
    product_ids: Sequence[str] = PRODUCTS,
    **facts: Any,
) -> str:
    """Publish the shop as `version` and make it live; `facts` are further members of its VersionInfo."""
    keys = keys or Keys()
    records = records or [record(index) for index in range(len(PRODUCTS))]
    with acquire_lease(client, keys) as lease:
        writer = VersionWriter(client, keys, version, lease)
        for name, lists in CUSTOMERS.items():
            writer.write_customer_lists(name, list(lists), map(pack, lists.values()))
        bought = [encode_indices(np.array(products)) for products in BOUGHT.values()]
        writer.write_customer_lists("bought", list(BOUGHT), bought)
        for name, lists in ITEMS.items():
            writer.write_item_lists(name, list(lists), map(pack, lists.values()))
        for name, listed in GLOBALS.items():
            writer.write_global_list(name, pack(listed))
        writer.write_catalog(product_ids, CATEGORIES, records)
        writer.write_flags(flags())
        writer.write_explain(list(EXPLAINED), EXPLAINED.values())
        facts = {"model": "blend"} | facts
        writer.publish(VersionInfo(version, f"{version[:4]}-01-01T00:00:00Z", "tests@here", **facts))
    return version


def put_catalog(
    client: redis.Redis,
    catalog: str = "c1",
    records: Sequence[dict[str, Any]] | None = None,
    withdrawn: Sequence[int] = (),
    **later: Any,
) -> None:
    """Give the live version a later catalogue; `later` are further members of its LaterCatalog."""
    keys = Keys()
    reader = StoreReader(client, keys)
    pointer = reader.live()
    assert pointer is not None
    whole: dict[str, Any] = {
        "product_ids": PRODUCTS,
        "records": records or [record(index) for index in range(len(PRODUCTS))],
        "flags": flags(withdrawn),
        "global_lists": {name: pack(listed) for name, listed in GLOBALS.items()},
    } | later
    info = replace(reader.meta(pointer.version).info, catalog_updated_at="2026-01-02T00:00:00Z")
    with acquire_lease(client, keys) as lease:
        put_in_place(client, keys, lease, LaterCatalog(catalog, **whole), info)
