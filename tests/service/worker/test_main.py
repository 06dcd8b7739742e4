"""`python -m service.worker` as a command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from service.store.event_counts import counts_of
from service.store.events import Event, EventLog
from service.store.keys import Keys
from tests.needs import REPOSITORY
from tests.service.worker.entries import NOON
from tests.waiting import wait_until


def start(*arguments: str, **environ: str) -> subprocess.Popen[str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("RECS_") and k != "REDIS_URL"}
    return subprocess.Popen(
        [sys.executable, "-m", "service.worker", *arguments],
        cwd=REPOSITORY,
        env=inherited | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_help_tells_what_it_does():
    output, _ = (process := start("--help")).communicate()
    assert process.returncode == 0
    assert "SIGTERM" in output


def test_wrong_settings_end_it_with_2(tmp_path: Path):
    _, errors = (process := start(RECS_PORT="eighty", RECS_DATA_DIR=str(tmp_path))).communicate()
    assert process.returncode == 2
    assert "RECS_PORT" in errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_works_until_it_is_told_to_stop(
    store: redis.Redis, store_url: str, keys: Keys, tmp_path: Path, number: signal.Signals
):
    EventLog(store, keys).record([Event("e", "view", "vera", "tea", NOON)])
    process = start(REDIS_URL=store_url, RECS_DATA_DIR=str(tmp_path))
    wait_until(lambda: counts_of(store, keys, "2026-11-23") == {"view:": 1}, "the event is counted")
    wait_until(lambda: list(tmp_path.rglob("*.parquet")), "the event is archived")
    process.send_signal(number)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    assert "worker_stopped" in output


def test_without_a_url_it_runs_the_embedded_store(tmp_path: Path):
    process = start(RECS_DATA_DIR=str(tmp_path))
    wait_until(lambda: (tmp_path / "store").is_dir(), "the store's folder is there")
    process.terminate()
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "worker_stopped" in output


def test_secrets_stay_out_of_what_it_prints(tmp_path: Path):
    process = start(REDIS_URL="redis://:hush@127.0.0.1:1/0", RECS_DATA_DIR=str(tmp_path))
    assert process.stdout is not None
    seen = process.stdout.readline() + process.stdout.readline()
    process.terminate()
    output, errors = process.communicate(timeout=60)
    assert "store_failed" in seen + output
    assert "hush" not in seen + output + errors
