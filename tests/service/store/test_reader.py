"""Reading a published version."""

from __future__ import annotations

import pytest
import redis

from service.store.codec import decode_list
from service.store.connection import connect
from service.store.reader import StoreReader
from service.store.versions import VersionMissing
from tests.service.store.tiny_version import ANNA, BERT, CATEGORIES, PRODUCTS, RECORDS, packed, publish_tiny


@pytest.fixture
def reader(each_store, keys):
    publish_tiny(each_store, keys, "v1")
    return StoreReader(each_store, keys)


def test_the_lists_asked_for_come_in_their_order(reader):
    wanted = [
        ("customer", "for_you", "bert"),
        ("item", "similar_items", "milk"),
        ("customer", "for_you", "nobody"),
        ("customer", "no_such_list", "anna"),
        ("global", "popular", ""),
        ("global", "no_such_list", ""),
        ("customer", "for_you", "anna"),
    ]
    values = reader.read(reader.meta("v1"), wanted)
    assert values == [packed(BERT), packed(BERT), None, None, packed(BERT), None, packed(ANNA)]


@pytest.mark.parametrize("customer, expected", [("anna", ANNA), ("bert", BERT)])
def test_one_list(reader, customer, expected):
    (value,) = reader.read(reader.meta("v1"), [("customer", "for_you", customer)])
    assert decode_list(value) == expected


def test_nothing_wanted_nothing_read(reader):
    assert reader.read(reader.meta("v1"), []) == []


def test_global_lists(reader):
    assert reader.global_lists(reader.meta("v1")) == {"popular": packed(BERT)}


def test_item_lists_of_some_products(reader):
    found = reader.item_lists_of(reader.meta("v1"), ["milk", "tea"], ["similar_items", "bought_together"])
    assert found == {("similar_items", "milk"): packed(BERT)}


def test_all_customers_lists(reader):
    assert dict(reader.customer_lists(reader.meta("v1"), "for_you")) == {
        "anna": packed(ANNA),
        "bert": packed(BERT),
    }
    assert dict(reader.customer_lists(reader.meta("v1"), "no_such_list")) == {}


def test_the_catalogue(reader):
    meta = reader.meta("v1")
    assert list(reader.product_ids(meta)) == PRODUCTS
    assert [reader.categories(meta).path(index) for index in range(3)] == CATEGORIES
    assert reader.products(meta, [2, 0, 99]) == [RECORDS[2], RECORDS[0], None]


def test_explanations(reader):
    assert reader.explain(reader.meta("v1"), "anna") == {"als": [0.5, 0.25]}
    assert reader.explain(reader.meta("v1"), "bert") is None


def test_a_version_that_is_not_there_is_a_store_error(reader):
    with pytest.raises(VersionMissing):
        reader.meta("v0")
    assert issubclass(VersionMissing, redis.RedisError)


def test_a_catalogue_that_was_lost_is_a_store_error(reader, each_store, keys):
    meta = reader.meta("v1")
    each_store.delete(keys.product_ids("v1"), keys.categories("v1"))
    with pytest.raises(VersionMissing):
        reader.product_ids(meta)
    with pytest.raises(VersionMissing):
        reader.categories(meta)


@pytest.mark.parametrize(
    "wanted",
    [
        [("customer", "for_you", "anna")],
        [("customer", "for_you", "anna"), ("customer", "bought", "anna"), ("global", "popular", "")],
    ],
)
def test_one_round_trip_whatever_is_asked(reader, each_store, wanted):
    meta = reader.meta("v1")
    before = requests_read(each_store)
    assert None not in reader.read(meta, wanted)
    assert requests_read(each_store) == before + 1 + 1  # ours, and the one that asks for the number


def requests_read(client: redis.Redis) -> int:
    """How many times the server has read from a client's connection."""
    return client.info("stats")["total_reads_processed"]


def test_every_method_raises_a_redis_error_while_the_store_is_away(own_server, keys):
    server = own_server()
    publish_tiny(server.client, keys, "v1")
    with connect(server.url, profile="serving") as client:
        reader = StoreReader(client, keys)
        meta = reader.meta("v1")
        server.kill()
        calls = [
            reader.live,
            lambda: reader.meta("v1"),
            lambda: reader.read(meta, [("customer", "for_you", "anna")]),
            lambda: reader.read(meta, [("customer", "for_you", "anna"), ("customer", "bought", "anna")]),
            lambda: reader.global_lists(meta),
            lambda: reader.item_lists_of(meta, ["milk"], ["similar_items"]),
            lambda: list(reader.customer_lists(meta, "for_you")),
            lambda: reader.product_ids(meta),
            lambda: reader.categories(meta),
            lambda: reader.products(meta, [0]),
            lambda: reader.explain(meta, "anna"),
        ]
        for call in calls:
            with pytest.raises(redis.RedisError):
                call()
