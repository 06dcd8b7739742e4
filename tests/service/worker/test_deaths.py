"""kill -9 of workers and of the server in mid-work: every event that was accepted counts, and counts once."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from service.store.event_counts import counts_of
from service.store.event_stream import backlog
from service.store.events import Event, EventLog
from service.store.keys import Keys
from tests.needs import REPOSITORY
from tests.servers import KINDS, Kind, RunningServer
from tests.waiting import wait_until
from training.event_archive import read_events

PATIENCE_S = 120.0
DAY, NOON = "2026-11-23", 1_795_435_200_000


@contextmanager
def worker(server: RunningServer, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real worker process; killed with -9 at the end, whatever it is doing."""
    command = [sys.executable, "-m", "tests.service.worker.quick_worker", server.url, str(folder)]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class Shop(threading.Thread):
    """Records events, five at a time, until it is told to end; whatever fails is sent again.

    Attributes:
        accepted: events that were told to be recorded.
    """

    def __init__(self, server: RunningServer, keys: Keys) -> None:
        super().__init__(daemon=True)
        self.accepted = 0
        self._log = EventLog(server.client, keys)
        self._ending = threading.Event()

    def run(self) -> None:
        while not self._ending.is_set():
            names = [f"e{self.accepted + n}" for n in range(5)]
            events = [
                Event(one, "purchase", f"v{one}", "tea", NOON, placement="home", unit_price=1)
                for one in names
            ]
            while not self._recorded(events):
                time.sleep(0.01)
            self.accepted += len(events)
            self._ending.wait(0.002)  # so that the workers, on a busy machine, keep up

    def _recorded(self, events: list[Event]) -> bool:
        try:
            self._log.record(events)
        except redis.RedisError:
            return False
        return True

    def end(self) -> None:
        self._ending.set()
        self.join()


@pytest.mark.parametrize("kind", KINDS)
def test_workers_killed_in_mid_work_lose_nothing_and_count_once(
    own_server: Callable[..., RunningServer], keys: Keys, tmp_path: Path, kind: Kind
):
    server = own_server(kind)
    shop = Shop(server, keys)
    shop.start()
    for _ in range(4):
        with worker(server, tmp_path):
            await_counting(server, keys)
    shop.end()
    assert_all_arrived(server, keys, tmp_path, shop.accepted)


def test_a_server_killed_in_mid_work_loses_nothing_that_it_has_confirmed(
    own_server: Callable[..., RunningServer], keys: Keys, tmp_path: Path
):
    server = own_server()
    shop = Shop(server, keys)
    shop.start()
    with worker(server, tmp_path):
        for _ in range(2):
            await_counting(server, keys)
            server.kill()
            server.start()
        shop.end()
        assert_all_arrived(server, keys, tmp_path, shop.accepted)


def test_two_workers_share_the_work(own_server: Callable[..., RunningServer], keys: Keys, tmp_path: Path):
    server = own_server()
    shop = Shop(server, keys)
    shop.start()
    with worker(server, tmp_path), worker(server, tmp_path):
        wait_until(lambda: consumers(server, keys) == 2, "both workers read")
        shop.end()
        assert_all_arrived(server, keys, tmp_path, shop.accepted)


def assert_all_arrived(server: RunningServer, keys: Keys, folder: Path, accepted: int) -> None:
    """In the counts and in the archive, once a last worker has taken over what others left."""
    with worker(server, folder):
        wait_until(
            lambda: backlog(server.client, keys).length == 0, "all is counted and archived", PATIENCE_S
        )
    assert counts_of(server.client, keys, DAY) == {"purchase:home": accepted, "revenue:home": accepted}
    archived = read_events(folder).collect()
    assert (archived.height, archived["event_id"].n_unique()) == (accepted, accepted)


def await_counting(server: RunningServer, keys: Keys) -> None:
    """Until the workers have counted more than when this was called."""

    def counted() -> float:
        return counts_of(server.client, keys, DAY).get("purchase:home", 0)

    before = counted()
    wait_until(lambda: counted() > before, "a worker counts", PATIENCE_S)


def consumers(server: RunningServer, keys: Keys) -> int:
    try:
        return len(server.client.xinfo_consumers(keys.events, "counters"))
    except redis.ResponseError:
        return 0
