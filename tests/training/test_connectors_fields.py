"""Times as shops write them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.builders import order_file
from training import columns as c
from training.reading import ReadingOptions, read_orders

TIMES = [
    ("2026-01-05", "2026-01-05T00:00:00Z"),
    ("2026-01-05T10:30", "2026-01-05T10:30:00Z"),
    ("2026-01-05 10:30:15", "2026-01-05T10:30:15Z"),
    ("2026-01-05T10:30:15.250Z", "2026-01-05T10:30:15.250Z"),
    ("2026-01-05T10:30:15,250", "2026-01-05T10:30:15.250Z"),
    ("2026-01-05t10:30:15z", "2026-01-05T10:30:15Z"),
    ("2026-01-05T10:30:15+05:30", "2026-01-05T05:00:15Z"),
    ("2026-01-05T10:30:15-0800", "2026-01-05T18:30:15Z"),
    ("2026-01-05T10:30:15+02", "2026-01-05T08:30:15Z"),
]


@pytest.mark.parametrize("written, meant", TIMES)
def test_iso_8601_times(tmp_path: Path, written: str, meant: str) -> None:
    staged = read_orders([order_file(tmp_path, f'1,ann,tea,1,2.5,"{written}"')])
    assert staged.lines[c.ORDERED_AT].to_list() == [datetime.fromisoformat(meant)]


@pytest.mark.parametrize(
    "local, utc",
    [
        ("2026-07-01T12:00", "2026-07-01T10:00Z"),
        ("2026-01-01T12:00", "2026-01-01T11:00Z"),
        ("2026-10-25T02:30", "2026-10-25T00:30Z"),
        ("2026-07-01T12:00Z", "2026-07-01T12:00Z"),
    ],
    ids=["summer", "winter", "the hour that comes twice", "a zone of its own"],
)
def test_times_without_a_zone_are_in_the_given_one(tmp_path: Path, local: str, utc: str) -> None:
    staged = read_orders(
        [order_file(tmp_path, f"1,ann,tea,1,2.5,{local}")], ReadingOptions(timezone="Europe/Berlin")
    )
    assert staged.lines[c.ORDERED_AT].to_list() == [datetime.fromisoformat(utc)]


def test_the_hour_that_a_clock_change_skips_never_was(tmp_path: Path) -> None:
    staged = read_orders(
        [order_file(tmp_path, "1,ann,tea,1,2.5,2026-03-29T02:30")], ReadingOptions(timezone="Europe/Berlin")
    )
    assert staged.quarantine.counts() == {"bad_ordered_at": 1}
