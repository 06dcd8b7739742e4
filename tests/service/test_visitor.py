"""What a visitor's states come to."""

from __future__ import annotations

import math

from service.store.visitor_state import NOTHING, VisitorState
from service.visitor import DAYS_UNTIL_DUE, NOBODY, visitor_of

DAY = 86_400
NOW = 1_000 * DAY


def ms(days_ago: float) -> int:
    return int((NOW - days_ago * DAY) * 1000)


def days_until_due(product_id: str) -> float:
    return {"milk": 7.0}.get(product_id, math.nan)


def test_nothing_known_is_nobody():
    assert visitor_of([], NOW, days_until_due) == NOBODY
    assert visitor_of([NOTHING], NOW, days_until_due) == NOBODY


def test_a_purchase_is_not_recommended_until_it_is_due_again():
    state = NOTHING._replace(bought=[("milk", ms(6)), ("lamp", ms(8))])
    visitor = visitor_of([state], NOW, days_until_due)
    assert (visitor.just_bought, visitor.due) == ({"milk", "lamp"}, ())
    assert visitor.until == NOW + DAY

    later = visitor_of([state], NOW + 2 * DAY, days_until_due)
    assert (later.just_bought, later.due) == ({"lamp"}, ("milk",))
    assert later.bought == {"milk", "lamp"}


def test_of_a_product_that_nobody_bought_twice_a_month_is_assumed():
    state = NOTHING._replace(bought=[("lamp", ms(DAYS_UNTIL_DUE - 1))])
    assert visitor_of([state], NOW, days_until_due).just_bought == {"lamp"}
    assert visitor_of([state], NOW + 2 * DAY, days_until_due).due == ("lamp",)


def test_a_visitor_and_the_customer_the_visitor_is_are_one():
    one = VisitorState(None, [("a", 3), ("b", 1)], ["x"], [], {"a": 2})
    other = VisitorState(None, [("c", 2), ("b", 4)], ["y", "x"], [], {"a": 1, "c": 5})
    visitor = visitor_of([one, other], NOW, days_until_due)
    assert visitor.views == ("b", "a", "c")
    assert (visitor.cart, visitor.in_cart) == (("x", "y"), {"x", "y"})
    assert visitor.shown == {"a": 3, "c": 5}
