"""The training lease: one holder, soon free when the holder dies, fenced when it oversleeps."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from service.store import lease as lease_module
from service.store.connection import connect
from service.store.keys import Keys
from service.store.lease import LeaseHeld, LeaseLost, acquire_lease
from tests.needs import REPOSITORY
from tests.service.store.lost_replies import LossyConnection, lossy_client
from tests.waiting import wait_until


@pytest.fixture
def quick(monkeypatch):
    """Leases that last 0.5 s and are renewed every 0.05 s."""
    monkeypatch.setattr(lease_module, "LEASE_SECONDS", 0.5)
    monkeypatch.setattr(lease_module, "RENEW_SECONDS", 0.05)


def test_a_second_run_is_told_that_the_lease_is_held(each_store, keys):
    with acquire_lease(each_store, keys), pytest.raises(LeaseHeld):
        acquire_lease(each_store, keys, wait_s=0)


def test_released_it_can_be_taken_again_with_a_higher_token(each_store, keys):
    with acquire_lease(each_store, keys) as first:
        pass
    with acquire_lease(each_store, keys, wait_s=0) as second:
        assert second.token == first.token + 1
        assert second.owner != first.owner


def test_leases_of_different_prefixes_do_not_meet(store):
    with acquire_lease(store, Keys("a")), acquire_lease(store, Keys("b"), wait_s=0):
        pass


def test_who_waits_gets_it_when_it_is_released(store, keys):
    with ThreadPoolExecutor() as pool:
        first = acquire_lease(store, keys)
        waiting = pool.submit(acquire_lease, store, keys, 20.0)
        first.release()
        waiting.result(20).release()


def test_of_many_that_ask_at_once_one_gets_it(store, keys):
    def ask(_: int) -> bool:
        try:
            acquire_lease(store, keys, wait_s=0)
        except LeaseHeld:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(8))) == 1


@pytest.mark.usefixtures("quick")
def test_it_is_renewed_beyond_its_first_term(each_store, keys):
    with acquire_lease(each_store, keys) as held:
        each_store.pexpire(keys.lock, 60)
        wait_until(lambda: each_store.pttl(keys.lock) > 60, "a renewal")
        held.check()


@pytest.mark.usefixtures("quick")
def test_a_lock_that_expired_is_taken_back_if_nobody_else_took_it(store, keys):
    with acquire_lease(store, keys) as held:
        store.delete(keys.lock)
        wait_until(lambda: store.get(keys.lock) == held.owner.encode(), "the lock taken back")
        held.check()


@pytest.mark.usefixtures("quick")
def test_the_holder_learns_that_another_took_it(store, keys):
    def lost() -> bool:
        try:
            overslept.check()
        except LeaseLost:
            return True
        return False

    with acquire_lease(store, keys) as overslept:
        store.delete(keys.lock)
        store.set(keys.lock, "another", px=60_000)
        wait_until(lost, "LeaseLost")
    assert store.get(keys.lock) == b"another"  # releasing frees only one's own


def test_a_lease_whose_first_reply_was_lost_is_got_all_the_same(store, store_url, keys):
    with lossy_client(store_url) as client:
        LossyConnection.to_lose = 1
        with acquire_lease(client, keys, wait_s=0) as held:
            assert LossyConnection.to_lose == 0
            assert store.get(keys.lock) == held.owner.encode()
            assert store.hget(keys.fence, "token") == str(held.token).encode()


_HOLD = """
import sys
from service.store.connection import connect
from service.store.keys import Keys
from service.store.lease import acquire_lease
lease = acquire_lease(connect(sys.argv[1], profile="training"), Keys())
print("held", flush=True)
sys.stdin.read()
"""


def test_a_killed_holder_blocks_for_no_longer_than_its_lease(store, store_url, keys):
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, store_url],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holder.kill()
    with pytest.raises(LeaseHeld):
        acquire_lease(store, keys, wait_s=0)
    store.pexpire(keys.lock, 200)  # its ten seconds, cut short
    acquire_lease(store, keys, wait_s=10).release()


def test_the_store_away_is_an_error_when_taking_and_none_when_releasing(own_server, keys):
    server = own_server()
    with connect(server.url, profile="serving") as client:
        held = acquire_lease(client, keys)
        server.kill()
        held.release()
        with pytest.raises(redis.RedisError):
            acquire_lease(client, keys)
