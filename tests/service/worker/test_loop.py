"""One worker in this process: what a turn does, and what it outlives."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import redis

from service.store.event_counts import counts_of
from service.store.event_stream import Backlog, backlog
from service.store.events import Event, EventLog
from service.store.keys import Keys
from service.worker.loop import Worker
from tests.service.worker.entries import NOON
from tests.service.worker.quick_worker import PACE
from tests.waiting import wait_until
from training.event_archive import read_events

EMPTY = Backlog(0, {"counters": 0, "archive": 0})


def views(*numbers: int) -> list[Event]:
    return [Event(f"e{n}", "view", f"v{n}", "tea", NOON, placement="home") for n in numbers]


@pytest.fixture
def working(store: redis.Redis, keys: Keys, tmp_path: Path):
    """A worker at work until the test ends."""
    stopping = threading.Event()
    worker = Worker(store, keys, tmp_path / "events", ["home"], PACE)
    thread = threading.Thread(target=worker.run, args=(stopping,))
    thread.start()
    yield worker
    stopping.set()
    thread.join()


def test_events_are_counted_archived_and_trimmed(
    working: Worker, store: redis.Redis, keys: Keys, tmp_path: Path
):
    EventLog(store, keys).record(views(1, 2))
    wait_until(lambda: backlog(store, keys) == EMPTY, "the stream is empty")
    assert counts_of(store, keys, "2026-11-23") == {"view:home": 2}
    assert read_events(tmp_path / "events").collect().height == 2


def test_a_worker_outlives_a_store_that_was_emptied(working: Worker, store: redis.Redis, keys: Keys):
    EventLog(store, keys).record(views(1))
    wait_until(lambda: counts_of(store, keys, "2026-11-23"), "the first event is counted")
    store.flushall()
    EventLog(store, keys).record(views(2))
    wait_until(lambda: counts_of(store, keys, "2026-11-23") == {"view:home": 1}, "the second one is")


def test_a_full_disk_stops_the_archive_alone(working: Worker, store: redis.Redis, keys: Keys, tmp_path: Path):
    (tmp_path / "events").write_text("where a folder should be")
    EventLog(store, keys).record(views(1))
    wait_until(lambda: counts_of(store, keys, "2026-11-23"), "it is counted")
    wait_until(lambda: store.xpending(keys.events, "archive")["pending"] == 1, "the archive fails")
    (tmp_path / "events").unlink()
    wait_until(lambda: backlog(store, keys) == EMPTY, "it is archived after all")
    assert read_events(tmp_path / "events").collect().height == 1
