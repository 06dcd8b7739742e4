"""Erased people leave the archive of events; what they do afterwards stays."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from service.store.tombstones import digest
from training.erased_events import erase_from_events
from training.event_archive import EVENT_COLUMNS, read_events


def at(hour: int) -> datetime:
    return datetime(2026, 11, 23, hour, tzinfo=UTC)


def ms(hour: int) -> int:
    return int(at(hour).timestamp() * 1000)


def write(folder: Path, name: str, *rows: tuple[str, str | None, int]) -> Path:
    """Events of (visitor, customer, hour of arrival)."""
    table = pl.DataFrame(
        [
            {
                "stream_id": f"{name}-{n}",
                "visitor_id": visitor,
                "customer_id": customer,
                "received_at": at(hour),
            }
            for n, (visitor, customer, hour) in enumerate(rows)
        ],
        schema={
            name: EVENT_COLUMNS[name] for name in ("stream_id", "visitor_id", "customer_id", "received_at")
        },
    )
    file = folder / "date=2026-11-23" / f"{name}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    missing = [
        pl.lit(None, kind).alias(one) for one, kind in EVENT_COLUMNS.items() if one not in table.columns
    ]
    table.with_columns(missing).select(*EVENT_COLUMNS).write_parquet(file)
    return file


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    write(tmp_path, "a", ("phone", None, 1), ("phone", "anna", 2), ("other", None, 3))
    write(tmp_path, "b", ("anna", "anna", 4), ("phone", "anna", 6))
    write(tmp_path, "c", ("other", "ben", 7))
    return tmp_path


def people(archive: Path) -> list[tuple[str, str | None]]:
    return read_events(archive).sort("received_at").select("visitor_id", "customer_id").collect().rows()


ERASED = {digest("phone"): ms(5), digest("anna"): ms(5)}
LEFT = [("other", None), ("phone", "anna"), ("other", "ben")]


@pytest.mark.parametrize("ids", [None, ["phone", "anna"]])
def test_what_arrived_before_goes_and_what_came_later_stays(archive: Path, ids: list[str] | None):
    assert erase_from_events(archive, ERASED, ids) == 3
    assert people(archive) == LEFT
    assert erase_from_events(archive, ERASED, ids) == 0


def test_only_those_named_are_searched_for(archive: Path):
    assert erase_from_events(archive, ERASED, ["anna"]) == 2
    assert people(archive)[0] == ("phone", None)


def test_files_without_them_are_not_written_again(archive: Path):
    others = archive / "date=2026-11-23" / "c.parquet"
    before = others.stat().st_mtime_ns
    erase_from_events(archive, ERASED)
    assert others.stat().st_mtime_ns == before


def test_what_a_worker_wrote_late_goes_the_next_time(archive: Path):
    erase_from_events(archive, ERASED)
    write(archive, "d", ("phone", None, 4))
    assert erase_from_events(archive, ERASED) == 1


def test_what_was_gone_through_long_ago_is_not_read_again(archive: Path):
    erase_from_events(archive, ERASED)
    old = write(archive, "d", ("phone", None, 4))
    os.utime(old, (0, 0))
    assert erase_from_events(archive, ERASED) == 0
    assert erase_from_events(archive, {**ERASED, digest("new"): ms(8)}) == 1


def test_without_an_archive_there_is_nothing_to_do(tmp_path: Path):
    assert erase_from_events(tmp_path / "events", ERASED) == 0
    assert not (tmp_path / "events").exists()
