"""Weekdays by number are crontab(5)'s: 0 and 7 are Sunday."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from training.cron import cron_trigger
from training.errors import UsageError

SUNDAY = datetime(2026, 11, 22, tzinfo=UTC)
"""The 22nd of November 2026, as any calendar says."""


def days(expression: str, count: int = 7) -> list[str]:
    """On which of the days from Sunday the 22nd on the expression fires at three."""
    fired = []
    for day in range(count):
        midnight = SUNDAY + timedelta(days=day)
        at = cron_trigger(expression, "UTC").get_next_fire_time(None, midnight)
        if at == midnight.replace(hour=3):
            fired.append(f"{at:%a}")
    return fired


@pytest.mark.parametrize(
    "weekdays, expected",
    [
        ("0", "Sun"),
        ("7", "Sun"),
        ("1", "Mon"),
        ("6", "Sat"),
        ("1-5", "Mon Tue Wed Thu Fri"),
        ("5-7", "Sun Fri Sat"),
        ("0,6", "Sun Sat"),
        ("*/2", "Sun Tue Thu Sat"),
        ("1-7/2", "Sun Mon Wed Fri"),
        ("mon-fri", "Mon Tue Wed Thu Fri"),
        ("Fri-Sun", "Sun Fri Sat"),
        ("sun", "Sun"),
        ("*", "Sun Mon Tue Wed Thu Fri Sat"),
    ],
)
def test_weekdays(weekdays: str, expected: str) -> None:
    assert days(f"0 3 * * {weekdays}") == expected.split()


def test_of_a_day_of_the_month_and_a_weekday_either_is_enough() -> None:
    assert days("0 3 25 * 0") == ["Sun", "Wed"]


def test_times_are_in_the_zone() -> None:
    at = cron_trigger("0 3 * * 1", "Europe/Berlin").get_next_fire_time(None, SUNDAY)
    assert at.astimezone(UTC) == datetime(2026, 11, 23, 2, tzinfo=UTC)


@pytest.mark.parametrize("weekdays", ["8", "5-1", "*/0", "1-", "", "monday", "-1"])
def test_what_names_no_weekday_is_refused(weekdays: str) -> None:
    with pytest.raises(UsageError, match="no cron expression"):
        cron_trigger(f"0 3 * * {weekdays}", "UTC")


@pytest.mark.parametrize("expression", ["0 3 31 2 *", "0 3 31 4,6,9,11 *"])
def test_what_never_comes_is_refused(expression: str) -> None:
    with pytest.raises(UsageError, match="never comes"):
        cron_trigger(expression, "UTC")


def test_a_leap_day_comes() -> None:
    at = cron_trigger("0 3 29 2 *", "UTC").get_next_fire_time(None, SUNDAY)
    assert (at.year, at.month, at.day) == (2028, 2, 29)


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(UsageError, match="--cron-timezone 'Mars/Base' is unknown"):
        cron_trigger("0 3 * * *", "Mars/Base")
