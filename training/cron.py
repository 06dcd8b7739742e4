"""Five-field cron expressions, as crontab(5) reads them, for a scheduler that numbers weekdays otherwise."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

from training.connectors.fields import check_timezone
from training.errors import UsageError

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
"""By their number in cron, where 7 is Sunday too. APScheduler counts from Monday: it is given names."""

_DAY = r"[0-7]|" + "|".join(WEEKDAYS)
_WEEKDAY_ITEM = re.compile(rf"(?:\*|(?P<first>{_DAY})(?:-(?P<last>{_DAY}))?)(?:/(?P<step>[1-9]\d?))?")


def cron_trigger(expression: str, timezone: str) -> BaseTrigger:
    """The times that a cron expression names.

    Where both the day of the month and the weekday are given, either is enough, as in crontab(5).

    Args:
        expression: minute, hour, day of the month, month, weekday.
        timezone: IANA name of the zone of its times.

    Raises:
        UsageError: it is no such expression, or its time never comes; or an unknown zone.
    """
    check_timezone(timezone, "--cron-timezone")
    try:
        trigger = _parsed(expression.split(), timezone)
    except ValueError as error:
        raise UsageError(
            f'--cron {expression!r} is no cron expression of five fields (for example "0 3 * * *"): {error}'
        ) from error
    if trigger.get_next_fire_time(None, datetime.now(UTC)) is None:
        raise UsageError(f"--cron {expression!r} never comes: no month named has such a day")
    return trigger


def _parsed(fields: list[str], timezone: str) -> BaseTrigger:
    if len(fields) != 5:
        raise ValueError(f"{len(fields)} fields")
    minute, hour, day, month, weekday = fields
    time = {"minute": minute, "hour": hour, "month": month, "timezone": timezone}
    if weekday.startswith("*") or day.startswith("*"):
        return CronTrigger(**time, day=day, day_of_week=_weekday_names(weekday))
    return OrTrigger([CronTrigger(**time, day=day), CronTrigger(**time, day_of_week=_weekday_names(weekday))])


def _weekday_names(field: str) -> str:
    """`1-5` → `mon,tue,wed,thu,fri`. Raises ValueError."""
    numbers = {number % 7 for item in field.lower().split(",") for number in _weekday_numbers(item)}
    return ",".join(WEEKDAYS[number] for number in sorted(numbers))


def _weekday_numbers(item: str) -> range:
    match = _WEEKDAY_ITEM.fullmatch(item)
    if match is None:
        raise ValueError(f"{item!r} names no weekdays; use 0 (Sunday) to 7 (Sunday) or names such as mon-fri")
    first, last, step = match["first"], match["last"], int(match["step"] or 1)
    if first is None:
        return range(0, 7, step)
    start = _number(first)
    end = _number(last) if last else 6 if match["step"] else start
    if last == "sun" and start:
        end = 7
    if start > end:
        raise ValueError(f"{item!r} ends before it begins")
    return range(start, end + 1, step)


def _number(day: str) -> int:
    return WEEKDAYS.index(day) if day in WEEKDAYS else int(day)
