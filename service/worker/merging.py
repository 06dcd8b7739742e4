"""Makes one file of the many that a day's archive is written in, once the day is over."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import structlog

from service.worker.archive import SCHEMA, sync_folder, write_durably

LOCK = ".lock"
"""Below the archive's folder; who replaces or removes files of the archive holds it with flock."""

SETTLED = timedelta(hours=1)
"""After midnight, UTC, before a day is over: until then workers may still be writing its last events."""

_STALE = timedelta(hours=1)

log = structlog.get_logger()


def merge_finished_days(folder: Path, now: datetime) -> int:
    """Merge each finished day that lies in several files; how many days that were.

    Killed in the midst, it leaves events in two files at worst; readers and the next merge keep each once.
    Does nothing while another process merges.

    Args:
        now: aware.
    """
    if not folder.is_dir():
        return 0
    today = (now.astimezone(UTC) - SETTLED).date()
    with _locked(folder) as ours:
        finished = [day for day in sorted(folder.glob("date=????-??-??")) if ours and _date_of(day) < today]
        return sum(_merge(day, now) for day in finished)


def _merge(day: Path, now: datetime) -> bool:
    _remove_unfinished(day, now)
    parts = sorted(day.glob("*.parquet"))
    if len(parts) < 2:
        return False
    table = (
        pl.scan_parquet(parts, schema=SCHEMA).unique("stream_id", keep="any").sort("received_at").collect()
    )
    merged = write_durably(table, day / f"{now:%Y%m%dT%H%M%SZ}_merged.parquet")
    for part in parts:
        part.unlink()
    sync_folder(day)
    log.info("day_merged", day=day.name, files=len(parts), events=table.height, file=merged.name)
    return True


def _remove_unfinished(day: Path, now: datetime) -> None:
    """What a worker that was killed had begun to write; its events are another file's."""
    for path in day.glob("*.tmp"):
        if now - datetime.fromtimestamp(path.stat().st_mtime, UTC) > _STALE:
            path.unlink()


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    with (folder / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _date_of(day: Path) -> date:
    return date.fromisoformat(day.name.removeprefix("date="))
