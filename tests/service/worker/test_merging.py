"""One file a finished day."""

from __future__ import annotations

import fcntl
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.worker.archive import write_day
from service.worker.merging import LOCK, merge_finished_days
from tests.service.worker.entries import entry
from training.event_archive import read_events

DAY = "2026-11-23"
DAY_AFTER = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    write_day(tmp_path, DAY, [entry(1), entry(2)])
    write_day(tmp_path, DAY, [entry(2), entry(3)])
    return tmp_path


def files(archive: Path) -> list[str]:
    return sorted(path.name for path in (archive / f"date={DAY}").iterdir())


def test_a_finished_day_becomes_one_file(archive: Path):
    assert merge_finished_days(archive, DAY_AFTER) == 1
    assert len(files(archive)) == 1
    assert read_events(archive).collect().sort("event_id")["event_id"].to_list() == ["e1", "e2", "e3"]
    assert merge_finished_days(archive, DAY_AFTER) == 0


def test_events_that_come_later_are_merged_in(archive: Path):
    merge_finished_days(archive, DAY_AFTER)
    write_day(archive, DAY, [entry(4)])
    assert merge_finished_days(archive, DAY_AFTER + timedelta(hours=1)) == 1
    assert (len(files(archive)), read_events(archive).collect().height) == (1, 4)


def test_a_day_is_not_over_in_the_hour_after_midnight(archive: Path):
    assert merge_finished_days(archive, datetime(2026, 11, 24, 0, 30, tzinfo=UTC)) == 0
    assert len(files(archive)) == 2


def test_one_process_merges_at_a_time(archive: Path):
    with (archive / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert merge_finished_days(archive, DAY_AFTER) == 0
    assert merge_finished_days(archive, DAY_AFTER) == 1


def test_what_a_killed_worker_began_is_removed_once_it_is_old(archive: Path):
    half = archive / f"date={DAY}" / "half.tmp"
    half.write_bytes(b"PAR1")
    os.utime(half, (DAY_AFTER.timestamp(), DAY_AFTER.timestamp()))
    merge_finished_days(archive, DAY_AFTER + timedelta(minutes=30))
    assert half.exists()
    merge_finished_days(archive, DAY_AFTER + timedelta(minutes=90))
    assert not half.exists()


def test_without_an_archive_there_is_nothing_to_merge(tmp_path: Path):
    assert merge_finished_days(tmp_path / "events", DAY_AFTER) == 0
