"""What the doctor says of customers: guests, bots, large ones, those who come back, their baskets."""

from __future__ import annotations

import pytest

from tests.builders import line
from tests.training.doctor.histories import Line, day, diagnosis, healthy
from training.doctor.findings import Severity


def guests_of(lines: list[Line], share: float) -> list[Line]:
    """The lines, with the first part of the orders made guests'."""
    orders = sorted({row["order_id"] for row in lines})
    guests = set(orders[: round(share * len(orders))])
    return [row | {"customer_id": None} if row["order_id"] in guests else row for row in lines]


@pytest.mark.parametrize(
    "share, severity",
    [(0.0, Severity.OK), (0.2, Severity.OK), (0.5, Severity.NOTE), (0.9, Severity.WARNING)],
)
def test_guests(share: float, severity: Severity):
    found = diagnosis(guests_of(healthy(), share)).finding("guests")
    assert found.severity is severity
    assert found.figures == {"orders": round(300 * share), "share": share, "share_lines": share}


def test_a_shop_of_guests_alone():
    found = diagnosis(guests_of(healthy(), 1.0))
    assert "column with the customer's id" in found.finding("guests").advice
    assert found.finding("for_you").severity is Severity.WARNING
    assert found.finding("bought_together").severity is Severity.OK


@pytest.mark.parametrize("stand_in", ["0", "guest", "Anonymous", " NULL "])
def test_guests_under_one_id(stand_in: str):
    lines = [row | {"customer_id": stand_in} if row["customer_id"] == "c07" else row for row in healthy()]
    found = diagnosis(lines).finding("placeholder_customer")
    assert found.severity is Severity.WARNING
    assert stand_in in found.seen
    assert found.figures["orders"] == 15


def test_an_ordinary_id_is_no_stand_in():
    assert diagnosis(healthy()).finding("placeholder_customer").severity is Severity.OK


def test_one_customer_with_a_large_share():
    lines = healthy(customers=60)
    reseller = [line(f"x{n}", "reseller", "p00", at=day(n)) for n in range(30)]
    found = diagnosis([*lines, *reseller]).finding("large_customer")
    assert found.severity is Severity.WARNING
    assert found.figures["customer_id"] == "reseller"
    assert found.figures["orders"] == 30
    assert found.figures["share_orders"] == round(30 / 330, 6)


def test_few_orders_with_most_of_the_lines_are_a_large_share_too():
    hoard = [line("x", "reseller", f"p{n}", at=day(50)) for n in range(100)]
    found = diagnosis([*healthy(customers=60), *hoard]).finding("large_customer")
    assert found.severity is Severity.WARNING
    assert found.figures["orders"] == 1


def test_among_few_customers_an_equal_share_is_natural():
    assert diagnosis(healthy(customers=5)).finding("large_customer").severity is Severity.OK


@pytest.mark.parametrize(
    "customers, orders, severity",
    [(20, 71, Severity.OK), (20, 72, Severity.NOTE), (5, 61, Severity.NOTE), (4, 300, Severity.OK)],
)
def test_a_large_share_in_a_small_shop_is_noted(customers: int, orders: int, severity: Severity):
    """All others together have 285 orders of 20 customers, 240 of 5, 225 of 4."""
    bulk = [line(f"x{n}", "c00", "p00", at=day(n % 100, 18)) for n in range(orders)]
    others = [row for row in healthy(customers=customers) if row["customer_id"] != "c00"]
    found = diagnosis([*others, *bulk]).finding("large_customer")
    assert found.severity is severity
    assert ("may be a regular" in found.advice) == (severity is Severity.NOTE)


def test_a_large_share_of_the_lines_alone_is_noted_in_a_small_shop_too():
    hoard = [line("x", "reseller", f"p{n}", at=day(50)) for n in range(200)]
    found = diagnosis([*healthy(), *hoard]).finding("large_customer")
    assert (found.severity, found.figures["customer_id"]) == (Severity.NOTE, "reseller")


def test_a_bot_is_known_by_its_pace():
    bot = [line(f"b{n}", "bot", "p00", at=day(40 + n // 12, n % 12)) for n in range(36)]
    found = diagnosis([*healthy(), *bot]).finding("busy_customers")
    assert found.severity is Severity.WARNING
    assert found.examples == ("bot: 36 orders on 3 days",)
    assert found.figures == {"customers": 1, "share_orders": round(36 / 336, 6)}


def test_a_daily_customer_is_no_bot():
    daily = [line(f"d{n}", "daily", "p00", at=day(n)) for n in range(90)]
    assert diagnosis([*healthy(), *daily]).finding("busy_customers").severity is Severity.OK


def daily(days: int, start: int = 0) -> list[Line]:
    return [line(f"d{start + n}", "daily", "p00", at=day(start + n, 7)) for n in range(days)]


@pytest.mark.parametrize(
    "orders, severity",
    [
        (daily(14), Severity.NOTE),
        (daily(13), Severity.OK),
        ([*daily(10), *daily(10, start=11)], Severity.OK),
        ([*daily(1), *daily(20, start=40)], Severity.NOTE),
    ],
    ids=["two weeks", "a day less", "with a pause", "after a pause"],
)
def test_an_order_on_every_day_is_noted_in_a_small_shop(orders: list[Line], severity: Severity):
    assert diagnosis([*healthy(), *orders]).finding("daily_customers").severity is severity


def test_who_orders_on_every_day_is_told():
    found = diagnosis([*healthy(), *daily(30)]).finding("daily_customers")
    assert found.examples == ("daily: 30 days running",)
    assert found.figures == {"customers": 1, "longest": 30}
    assert found.advice


@pytest.mark.parametrize("customers", [2, 60])
def test_an_order_on_every_day_is_natural_among_few_and_weighs_nothing_among_many(customers: int):
    found = diagnosis([*healthy(customers=customers), *daily(30)]).finding("daily_customers")
    assert found.severity is Severity.OK


def test_the_rate_of_return():
    lines = [*healthy(), *(line(f"once{n}", f"once{n}", "p00", at=day(n)) for n in range(20))]
    found = diagnosis(lines).finding("repeat_rate")
    assert found.severity is Severity.OK
    assert found.figures == {"customers": 40, "returning": 20, "share": 0.5, "orders_a_customer": 8.0}


def test_an_id_of_its_own_for_each_order_is_a_warning():
    lines = [row | {"customer_id": row["order_id"]} for row in healthy()]
    found = diagnosis(lines).finding("repeat_rate")
    assert (found.severity, found.figures["returning"]) == (Severity.WARNING, 0)
    assert "customer and not the order" in found.advice


def test_basket_sizes():
    lines = [line("1", product="a"), line("2", product="a"), line("2", product="b"), line("3", product="a")]
    found = diagnosis(lines).finding("basket_sizes")
    assert found.severity is Severity.OK
    assert found.figures == {
        "mean": round(4 / 3, 3),
        "median": 1.0,
        "largest": 2,
        "share_single": round(2 / 3, 6),
        "huge": 0,
    }


def test_an_order_id_for_each_line_is_a_warning():
    lines = [row | {"order_id": f"{row['order_id']}/{n}"} for n, row in enumerate(healthy())]
    found = diagnosis(lines).finding("basket_sizes")
    assert (found.severity, found.figures["share_single"]) == (Severity.WARNING, 1.0)


def test_a_basket_of_a_warehouse_is_noted():
    stock = [line("stock", "c01", f"s{n}", at=day(50)) for n in range(501)]
    found = diagnosis([*healthy(), *stock]).finding("basket_sizes")
    assert (found.severity, found.figures["huge"]) == (Severity.NOTE, 1)
