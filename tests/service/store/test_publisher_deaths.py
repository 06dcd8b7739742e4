"""A publisher that dies between any two of its commands: what is live is always whole."""

from __future__ import annotations

from typing import Any

import redis
from redis.connection import UnixDomainSocketConnection

from service.store.codec import decode_list
from service.store.keys import Keys
from service.store.lease import acquire_lease
from service.store.reader import StoreReader
from service.store.reaper import reap
from service.store.versions import live
from tests.service.store.tiny_version import ANNA, BERT, PRODUCTS, RECORDS, info, publish_tiny, write_tiny


class Died(BaseException):
    """As a kill would end it: nothing handles this."""


class MortalConnection(UnixDomainSocketConnection):
    """Dies instead of sending once its time has come."""

    commands_left = 0

    def send_packed_command(self, *args: Any, **kwargs: Any) -> None:
        if MortalConnection.commands_left == 0:
            raise Died
        MortalConnection.commands_left -= 1
        super().send_packed_command(*args, **kwargs)


def publish_and_die_after(commands: int, url: str, keys: Keys) -> bool:
    """Publish v2 with a client that lives for so many commands; whether it lived to the end."""
    pool = redis.ConnectionPool(
        connection_class=MortalConnection, path=url.removeprefix("unix://"), protocol=2
    )
    with redis.Redis(connection_pool=pool) as client:
        MortalConnection.commands_left = -1
        lease = acquire_lease(client, keys)
        MortalConnection.commands_left = commands
        try:
            reap(client, keys, lease)
            write_tiny(client, keys, "v2", lease).publish(info("v2"))
            reap(client, keys, lease)
        except Died:
            return False
        finally:
            lease._released.set()  # its renewals end with it; the lock stays behind
        return True


def assert_whole(store: redis.Redis, keys: Keys, versions: set[str]) -> None:
    """What is live is one of these, and everything in it can be read."""
    reader = StoreReader(store, keys)
    pointer = reader.live()
    assert pointer is not None
    assert pointer.version in versions
    meta = reader.meta(pointer.version)
    anna, bert, similar = reader.read(
        meta,
        [("customer", "for_you", "anna"), ("customer", "for_you", "bert"), ("item", "similar_items", "milk")],
    )
    assert None not in (anna, bert, similar)
    assert (decode_list(anna or b""), decode_list(bert or b""), decode_list(similar or b"")) == (
        ANNA,
        BERT,
        BERT,
    )
    assert list(reader.product_ids(meta)) == PRODUCTS
    assert reader.products(meta, [0, 1, 2]) == RECORDS


def test_whenever_it_dies_what_is_live_is_whole_and_the_next_run_clears_the_rest(store, store_url, keys):
    commands, survived = 0, False
    while not survived:
        store.flushall()
        publish_tiny(store, keys, "v1")
        survived = publish_and_die_after(commands, store_url, keys)
        assert_whole(store, keys, {"v1", "v2"})

        store.delete(keys.lock)  # the dead publisher's lease ran out
        before = live(store, keys)
        with acquire_lease(store, keys) as lease:
            reap(store, keys, lease)
            write_tiny(store, keys, "v3", lease).publish(info("v3"))
            reap(store, keys, lease)
        assert_whole(store, keys, {"v3"})
        held = {keys.version_of(key) for key in store.scan_iter(keys.version_pattern())}
        assert before is not None
        assert held == {"v3", before.version}
        commands += 1
    assert commands > 15
