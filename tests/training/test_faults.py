"""What a run leaves behind when it is killed, and when two run at once: real processes, real store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from service.store.codec import decode_list
from service.store.keys import Keys
from service.store.reader import StoreReader, Wanted
from training.lists import CUSTOMER_LISTS

STOPS_BEFORE_THE_FLIP = """
import sys, threading
from service.store.publisher import VersionWriter

def wait_for_ever(self, info, **options):
    print("all is written", flush=True)
    threading.Event().wait()

VersionWriter.publish = wait_for_ever
from training.cli import main
main(sys.argv[1:])
"""


def run_training(orders: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "training", "run", "--orders", str(orders), "--json"]
    return subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)


@contextmanager
def publisher_before_its_flip(orders: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", STOPS_BEFORE_THE_FLIP, "run", "--orders", str(orders)]
    with subprocess.Popen(command, env=os.environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "all is written\n"
        try:
            yield process
        finally:
            process.kill()


def versions_with_keys(store: redis.Redis) -> set[str]:
    return {Keys().version_of(key) for key in store.scan_iter(Keys().version_pattern())}


def test_killed_before_the_flip_the_old_version_serves_and_the_next_run_cleans_up(orders, store):
    first = json.loads(run_training(orders).stdout)["version"]
    with publisher_before_its_flip(orders) as killed:
        assert len(versions_with_keys(store)) == 2
        killed.kill()
        killed.wait()

    reader = StoreReader(store, Keys())
    assert reader.live().version == first
    wanted: list[Wanted] = [("customer", name, "anna") for name in CUSTOMER_LISTS]
    lists = reader.read(reader.meta(first), wanted)
    assert all(decode_list(value) for value in lists if value is not None)
    assert None not in lists

    # The killed run's lease ends within one lease, for which the next run waits.
    second = run_training(orders)
    assert second.returncode == 0, second.stderr
    assert versions_with_keys(store) == {first, json.loads(second.stdout)["version"]}
    folders = {folder.name for folder in (Path(os.environ["RECS_DATA_DIR"]) / "versions").iterdir()}
    assert not any(name.endswith(".partial") for name in folders)


def test_of_two_runs_at_once_the_second_ends_with_6(orders, store):
    with publisher_before_its_flip(orders):
        second = run_training(orders)
    assert second.returncode == 6
    assert "another run holds the lock" in second.stderr
    assert StoreReader(store, Keys()).live() is None


def test_a_run_that_is_told_to_stop_gives_its_lock_back(orders, store):
    with publisher_before_its_flip(orders) as stopped:
        assert store.exists(Keys().lock)
        stopped.terminate()
        assert stopped.wait(20) == 143
        assert not store.exists(Keys().lock)
    assert StoreReader(store, Keys()).live() is None


def test_a_store_that_is_full_ends_the_run_with_5_and_the_old_version_serves(orders, own_server, monkeypatch):
    server = own_server("redis")
    monkeypatch.setenv("REDIS_URL", server.url)
    first = json.loads(run_training(orders).stdout)["version"]
    server.client.config_set("maxmemory", "1mb")
    full = run_training(orders)
    assert full.returncode == 5
    assert "maxmemory" in full.stderr
    server.client.config_set("maxmemory", "0")
    assert StoreReader(server.client, Keys()).live().version == first
