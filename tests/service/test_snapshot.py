from __future__ import annotations

import numpy as np
import pytest
from redis import Redis

from service import snapshot
from service.snapshot import Snapshot, load_snapshot
from service.store.keys import Keys
from service.store.packed import ProductFlags
from service.store.reader import StoreReader
from service.store.versions import VersionMissing
from tests.published import ITEMS, PRODUCTS, items, pack, publish, put_catalog, record


@pytest.fixture
def loaded(store: Redis, keys: Keys) -> Snapshot:
    return load_snapshot(StoreReader(store, keys), publish(store))


def test_a_snapshot_holds_what_serving_without_the_store_needs(loaded: Snapshot):
    assert loaded.version == "20260101T000000Z-0001"
    assert [loaded.product_id(product) for product in range(12)] == PRODUCTS
    assert [candidate[0] for candidate in loaded.global_lists["trending"]] == [8, 7]
    assert set(loaded.item_lists) == {
        ("similar_items", "p0"),
        ("similar_items", "p1"),
        ("bought_together", "p0"),
    }
    assert loaded.records == {product: record(product) for product in range(9)}


def test_a_snapshot_is_bounded_by_the_most_popular_products(
    store: Redis, keys: Keys, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(snapshot, "TOP_PRODUCTS", 1)
    monkeypatch.setattr(snapshot, "MAX_GLOBAL_ITEMS", 2)
    loaded = load_snapshot(StoreReader(store, keys), publish(store))
    assert list(loaded.records) == [0]
    assert set(loaded.item_lists) == {("similar_items", "p0"), ("bought_together", "p0")}
    assert [len(candidates) for candidates in loaded.global_lists.values()] == [2, 2, 2]


@pytest.mark.parametrize(
    "category, products",
    [
        ("Drinks", [0, 1, 2, 3, 4, 5, 6]),
        ("Drinks > Tea", [0, 1, 2]),
        ("Bakery", [7, 8, 9, 10]),
        ("Drink", []),
        ("Tea", []),
        (">", []),
    ],
)
def test_a_category_holds_what_is_at_or_below_its_path(loaded: Snapshot, category: str, products: list[int]):
    inside = loaded.in_category(category)
    assert [product for product in range(12) if product in inside] == products


def test_products_are_known_by_their_exact_id(loaded: Snapshot):
    assert [loaded.knows_product(one) for one in ("p1", "P1", "p", "p12", "")] == [True] + [False] * 4


def test_a_later_catalogue_makes_another_snapshot_of_the_same_version(store: Redis, keys: Keys):
    version = publish(store)
    assert load_snapshot(StoreReader(store, keys), version).withdrawn is None
    changed = [record(index) | {"title": f"New {index}", "category": "Sale"} for index in range(12)]
    put_catalog(
        store,
        records=[*changed, record(0)],
        product_ids=[*PRODUCTS, "p12"],
        flags=ProductFlags(np.ones(13, dtype=bool), np.arange(13) == 2),
        global_lists={"popular": pack(items([12, 3], "popular"))},
    )
    loaded = load_snapshot(StoreReader(store, keys), version)
    assert loaded.version == version
    assert loaded.product_id(12) == "p12"
    assert loaded.withdrawn == bytes([0, 0, 1, *[0] * 10])
    assert {name: [one[0] for one in listed] for name, listed in loaded.global_lists.items()} == {
        "popular": [12, 3]
    }
    assert loaded.records == {3: changed[3], 12: record(0)}
    assert [product for product in range(13) if product in loaded.in_category("Sale")] == list(range(12))


def test_before_any_version_nothing_is_known():
    empty = Snapshot()
    assert (empty.version, empty.knows_product("p1")) == (None, False)
    assert 0 not in empty.in_category("Drinks")


def test_a_version_that_is_gone_says_so(store: Redis, keys: Keys):
    with pytest.raises(VersionMissing):
        load_snapshot(StoreReader(store, keys), "20250101T000000Z-0000")


def test_packed_lists_are_kept_as_they_are(loaded: Snapshot):
    assert loaded.item_lists["similar_items", "p1"] == pack(ITEMS["similar_items"]["p1"])
