"""What the doctor says of days: future, ancient, missing, thin."""

from __future__ import annotations

import pytest

from tests.builders import line
from tests.training.doctor.histories import Line, day, diagnosis, healthy
from training.doctor.findings import Severity


def without_days(lines: list[Line], first: int, last: int) -> list[Line]:
    closed = {day(number)[:10] for number in range(first, last + 1)}
    return [row for row in lines if row["ordered_at"][:10] not in closed]


def test_an_order_of_tomorrow_is_a_matter_of_zones_and_no_fault():
    found = diagnosis([*healthy(), line("late", at="2026-04-15T20:00")]).finding("future_dates")
    assert found.severity is Severity.OK


def test_an_order_of_next_year_is_told_with_the_remedy():
    found = diagnosis([*healthy(), line("late", at="2027-04-15")]).finding("future_dates")
    assert (found.severity, found.figures["orders"]) == (Severity.WARNING, 1)
    assert "--as-of 2026-04-14T23:59:59Z" in found.advice


def test_as_of_is_the_last_believable_day_where_several_orders_are_of_the_future():
    late = [line(f"late{n}", at=f"20{30 + n}-01-01") for n in range(3)]
    found = diagnosis([*healthy(), *late]).finding("future_dates")
    assert found.figures["orders"] == 3
    assert "--as-of 2026-04-14" in found.advice


def test_a_history_all_in_the_future_speaks_of_the_zone():
    found = diagnosis(line(str(n), at=f"2031-01-{n + 1:02}") for n in range(20)).finding("future_dates")
    assert found.severity is Severity.WARNING
    assert "--timezone" in found.advice


def test_a_default_date_is_told():
    found = diagnosis([*healthy(), line("old", at="1970-01-01")]).finding("ancient_dates")
    assert (found.severity, found.figures["orders"]) == (Severity.WARNING, 1)
    assert "1970-01-01" in found.seen


def test_one_order_years_before_all_others_is_told_and_an_older_branch_of_the_shop_is_not():
    lone = diagnosis([*healthy(), line("old", at="2019-06-01")]).finding("ancient_dates")
    assert (lone.severity, lone.figures["orders"]) == (Severity.WARNING, 1)
    many = [line(f"old{n}", at=f"2019-06-{n + 1:02}") for n in range(30)]
    assert diagnosis([*healthy(), *many]).finding("ancient_dates").severity is Severity.OK


def test_an_ancient_order_makes_no_gap():
    assert diagnosis([*healthy(), line("old", at="1970-01-01")]).finding("gaps").severity is Severity.OK


@pytest.mark.parametrize("days, severity", [(5, Severity.OK), (10, Severity.NOTE), (25, Severity.WARNING)])
def test_days_without_orders(days: int, severity: Severity):
    found = diagnosis(without_days(healthy(), 30, 29 + days)).finding("gaps")
    assert found.severity is severity
    if severity:
        assert found.figures == {"gaps": 1, "longest_days": days}
        assert f"{day(30)[:10]} to {day(29 + days)[:10]}: {days} days" in found.seen


def test_a_shop_with_an_order_a_week_has_no_gaps():
    weekly = [line(str(n), at=day(7 * n)) for n in range(14)]
    assert diagnosis(weekly).finding("gaps").severity is Severity.OK


def test_of_two_gaps_the_longer_comes_first():
    lines = without_days(without_days(healthy(), 20, 30), 60, 75)
    found = diagnosis(lines).finding("gaps")
    assert [example[-7:] for example in found.examples] == ["16 days", "11 days"]


def test_a_week_with_most_orders_missing_is_told():
    # 21 orders a week; of the seventh week's, four are left.
    week = {day(number)[:10] for number in range(42, 49)}
    seventh = sorted({row["order_id"] for row in healthy() if row["ordered_at"][:10] in week})
    lost = set(seventh[4:])
    found = diagnosis(row for row in healthy() if row["order_id"] not in lost).finding("thin_weeks")
    assert (found.severity, found.figures["weeks"]) == (Severity.NOTE, 1)
    assert "week of 2026-02-16: 4 orders, usually 21" in found.seen


def test_an_ordinary_week_is_not_thin():
    assert diagnosis(healthy()).finding("thin_weeks").severity is Severity.OK


def test_the_length_of_the_history():
    found = diagnosis(healthy()).finding("span")
    assert found.severity is Severity.OK
    assert found.seen == "100 days, from 2026-01-05 to 2026-04-14."


def test_a_short_history_and_an_old_one_are_told():
    short = diagnosis(healthy(days=30)).finding("span")
    assert short.severity is Severity.NOTE
    assert "70 days old" in short.seen
    assert "less than 56 days" in short.advice
