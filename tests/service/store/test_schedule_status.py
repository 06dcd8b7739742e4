"""What the scheduler tells the service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from service.store.schedule_status import ScheduleStatus, read_schedule, write_last_run, write_next_run

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def test_without_a_scheduler_there_is_nothing(each_store, keys):
    assert read_schedule(each_store, keys) == ScheduleStatus(None, None)


def test_the_last_run_and_the_next_come_back(each_store, keys):
    write_last_run(each_store, keys, {"exit_code": 4, "version": None})
    write_next_run(each_store, keys, AT)
    assert read_schedule(each_store, keys) == ScheduleStatus({"exit_code": 4, "version": None}, AT)


def test_times_are_kept_in_utc(store, keys):
    write_next_run(store, keys, AT.astimezone(timezone(timedelta(hours=5, minutes=30))))
    found = read_schedule(store, keys).next_run
    assert found == AT
    assert found.isoformat() == "2026-11-24T03:00:00+00:00"


def test_a_scheduler_that_ended_has_no_next_run(store, keys):
    write_next_run(store, keys, AT)
    write_next_run(store, keys, None)
    assert read_schedule(store, keys).next_run is None


def test_a_time_without_a_zone_is_refused(store, keys):
    with pytest.raises(ValueError, match="zone"):
        write_next_run(store, keys, datetime(2026, 11, 24, 3, 0))
