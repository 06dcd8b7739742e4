"""The archive as it is written, and as training reads it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import redis

from service.store.event_stream import backlog
from service.store.events import Event, EventLog
from service.store.keys import Keys
from service.worker.archive import SCHEMA, Archiving, write_day
from tests.needs import REPOSITORY
from tests.service.worker.entries import NOON, entry
from training.event_archive import EVENT_COLUMNS, read_events

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def archiving(store: redis.Redis, folder: Path, consumer: str = "tests") -> Archiving:
    made = Archiving(store, Keys(), consumer, folder, claim_after_ms=0)
    made.reader.create()
    return made


def test_an_event_is_read_as_it_was_written(tmp_path: Path):
    bought = entry(
        1, "purchase", "anna", "bot", recommendation_id="r", placement="home", rank=3, order_id="007",
        quantity=2, unit_price=1.25,
    )  # fmt: skip
    write_day(tmp_path, "2026-11-23", [bought])
    assert read_events(tmp_path).collect().to_dicts() == [
        {
            "stream_id": f"{NOON}-1", "received_at": AT, "event_id": "e1", "type": "purchase",
            "visitor_id": "vera", "customer_id": "anna", "product_id": "tea",
            "occurred_at": AT.replace(hour=11, minute=59, second=59), "recommendation_id": "r",
            "placement": "home", "rank": 3, "order_id": "007", "quantity": 2, "unit_price": 1.25,
            "flag": "bot",
        }
    ]  # fmt: skip


def test_what_was_written_twice_is_read_once(tmp_path: Path):
    write_day(tmp_path, "2026-11-23", [entry(1), entry(2)])
    write_day(tmp_path, "2026-11-23", [entry(2), entry(3)])
    assert sorted(read_events(tmp_path).collect()["event_id"]) == ["e1", "e2", "e3"]


def test_without_an_archive_there_are_no_events(tmp_path: Path):
    assert read_events(tmp_path / "events").collect().schema == SCHEMA


def test_reader_writer_and_page_agree_on_the_columns():
    assert EVENT_COLUMNS == SCHEMA
    page = (REPOSITORY / "docs/events.md").read_text()
    assert [name for name in SCHEMA if f"`{name}`" not in page] == []


def test_entries_are_archived_by_the_day_of_their_arrival(store: redis.Redis, keys: Keys, tmp_path: Path):
    EventLog(store, keys).record([Event(f"e{n}", "view", "vera", "tea", NOON) for n in range(3)])
    store.xadd(keys.events, {"e": "not ours"})
    worker = archiving(store, tmp_path)
    worker.step()
    today = datetime.now(UTC).date()
    (file,) = tmp_path.rglob("*.parquet")
    assert abs(datetime.fromisoformat(file.parent.name.removeprefix("date=")).date() - today).days <= 1
    assert read_events(tmp_path).select(pl.len()).collect().item() == 3
    assert backlog(store, keys).waiting["archive"] == 0


def test_what_could_not_be_written_waits_to_be_taken_over(store: redis.Redis, keys: Keys, tmp_path: Path):
    EventLog(store, keys).record([Event("e", "view", "vera", "tea", NOON)])
    (tmp_path / "events").write_text("no folder")
    with pytest.raises(OSError, match="events"):
        archiving(store, tmp_path / "events", "first").step()
    (tmp_path / "events").unlink()
    archiving(store, tmp_path / "events", "second").take_over()
    assert read_events(tmp_path / "events").collect()["event_id"].to_list() == ["e"]
    assert backlog(store, keys).waiting["archive"] == 0
