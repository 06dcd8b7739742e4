"""What the doctor says of leakage over the cut in time."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.training.doctor.histories import Line, diagnosis, healthy
from training.doctor.findings import Severity

CUT_DAY = 68
"""31 days before the last order of `healthy`."""


def moved(row: Line, **by: float) -> Line:
    time = datetime.fromisoformat(row["ordered_at"]) + timedelta(**by)
    return row | {"ordered_at": time.isoformat()}


def of_days(first: int, last: int) -> list[Line]:
    return [row for row in healthy() if first <= int(row["order_id"][1:4]) <= last]


def test_whole_orders_lie_on_one_side():
    assert diagnosis(healthy()).finding("orders_across_cut").severity is Severity.OK


def test_an_order_with_lines_on_both_sides_of_the_cut_is_told():
    # The second line of an order three days before the cut was delivered a week later.
    late = healthy().index(of_days(CUT_DAY - 3, CUT_DAY - 3)[1])
    lines = healthy()
    lines[late] = moved(lines[late], days=7)
    found = diagnosis(lines).finding("orders_across_cut")
    assert found.severity is Severity.WARNING
    assert found.figures == {"orders": 1, "share": round(1 / 300, 6)}


def test_an_export_in_two_time_zones_counts_twice_and_is_told():
    lines = [*healthy(), *(moved(row, hours=2) for row in of_days(10, 19))]
    found = diagnosis(lines).finding("lines_at_two_times")
    assert found.severity is Severity.WARNING
    assert found.figures == {"lines": 60, "share": round(60 / 660, 6), "whole_hours": 60}
    assert "two time zones" in found.advice


def test_lines_at_odd_distances_are_no_matter_of_zones():
    lines = [*healthy(), *(moved(row, minutes=7) for row in of_days(10, 19))]
    found = diagnosis(lines).finding("lines_at_two_times")
    assert (found.figures["lines"], found.figures["whole_hours"]) == (60, 0)
    assert "exported twice" in found.advice


def test_each_line_at_one_time_is_fine():
    assert diagnosis(healthy()).finding("lines_at_two_times").figures["lines"] == 0


def with_three_products(lines: list[Line]) -> list[Line]:
    """Each order gets a third product, so that its basket tells it from others."""
    orders = {row["order_id"]: row for row in lines}
    thirds = [row | {"product_id": f"{order_id}-third"} for order_id, row in orders.items()]
    return [*lines, *thirds]


def test_orders_under_two_numbers_are_told_and_whether_they_pass_the_cut():
    lines = with_three_products(healthy())
    copies = [
        moved(row, hours=15) | {"order_id": f"{row['order_id']}-again"}
        for row in lines
        if row["order_id"].startswith(("o067", "o068", "o010"))
    ]
    found = diagnosis([*lines, *copies]).finding("twin_orders")
    assert found.severity is Severity.WARNING
    assert found.figures["orders"] == 9
    # The cut is at 11 o'clock of day 68, 31 days before the last order.
    assert found.figures["across_cut"] == 2


def test_the_same_basket_a_week_later_is_a_habit():
    lines = with_three_products(healthy())
    again = [
        moved(row, days=7) | {"order_id": f"{row['order_id']}-again"}
        for row in lines
        if row["order_id"].startswith("o01")
    ]
    assert diagnosis([*lines, *again]).finding("twin_orders").figures["orders"] == 0


def test_two_customers_with_the_same_basket_are_two_orders():
    lines = with_three_products(healthy())
    others = [
        row | {"order_id": f"{row['order_id']}-again", "customer_id": "somebody"}
        for row in lines
        if row["order_id"].startswith("o01")
    ]
    assert diagnosis([*lines, *others]).finding("twin_orders").figures["orders"] == 0
