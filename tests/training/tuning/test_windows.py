"""Windows to tune on: before the last days, the latest first."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.builders import interactions, line
from training.tuning.windows import earlier_windows

DAY = 86_400


def seconds(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


def daily(days: int) -> list[dict[str, object]]:
    """Ann buys tea each day of January and on, from the first."""
    start = seconds("2026-01-01")
    return [
        line(order=str(day), at=datetime.fromtimestamp(start + day * DAY, UTC).isoformat())
        for day in range(days)
    ]


def test_they_end_where_the_last_days_begin_and_roll_back():
    windows = earlier_windows(interactions(*daily(101)), window_days=10, count=3)
    last = seconds("2026-01-01") + 90 * DAY
    assert [split.cut for split in windows] == [last - 10 * DAY, last - 20 * DAY, last - 30 * DAY]
    assert [split.end for split in windows] == [last, last - 10 * DAY, last - 20 * DAY]
    for split in windows:
        assert split.train.ordered_at.max() < split.cut


def test_there_are_as_many_as_the_history_is_long_enough_for():
    assert len(earlier_windows(interactions(*daily(41)), window_days=10, count=5)) == 2


def test_a_history_with_nothing_before_the_last_days_has_none():
    assert earlier_windows(interactions(line(), line(order="2")), window_days=10, count=3) == []


def test_a_window_in_which_nobody_came_back_is_left_out():
    once = [line(order=str(day), customer=f"c{day}", at=f"2026-01-{day:02}") for day in range(1, 31)]
    assert earlier_windows(interactions(*once), window_days=5, count=3) == []
