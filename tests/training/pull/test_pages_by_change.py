"""No order is missed, whatever changes while its shop is read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.pull.pages_by_change import NumberedPage, pages_by_change
from training.pull.shop import OrderDocument, changed_at

START = datetime(2026, 1, 1, tzinfo=UTC)


class PagedShop:
    """Orders by number → minute of their last change; a busy one touches some while it is asked."""

    def __init__(
        self,
        minutes: dict[int, int],
        size: int,
        sorts: bool = True,
        filters: bool = True,
        totals: bool = True,
    ) -> None:
        self.minutes = minutes
        self.size, self.sorts, self.filters, self.totals = size, sorts, filters, totals
        self.touches: list[int] = []
        self.requests = 0

    def fetch(self, since: datetime | None, number: int) -> NumberedPage:
        self.requests += 1
        lowest = -1 if since is None or not self.filters else int((since - START).total_seconds() // 60)
        found = [order for order, minute in self.minutes.items() if minute >= lowest]
        found.sort(key=(lambda order: (self.minutes[order], order)) if self.sorts else None)
        page = found[(number - 1) * self.size : number * self.size]
        answer = NumberedPage([self._document(order) for order in page], len(found) if self.totals else None)
        if self.touches:
            self.minutes[self.touches.pop(0)] = 1_000 + self.requests
        return answer

    def _document(self, order: int) -> OrderDocument:
        return {"id": order, "at": (START + timedelta(minutes=self.minutes[order])).isoformat()}

    def changes_seen(self) -> list[str]:
        pages = pages_by_change(self.fetch, None, lambda order: changed_at(order, "at"))
        return [order["at"] for page in pages for order in page]

    def all_seen(self, since: datetime | None = None) -> list[int]:
        pages = pages_by_change(self.fetch, since, lambda order: changed_at(order, "at"))
        return [order["id"] for page in pages for order in page]


def test_each_page_begins_where_the_one_before_ended():
    shop = PagedShop({1: 10, 2: 20, 3: 30, 4: 40, 5: 50}, size=2)
    assert shop.all_seen() == [1, 2, 2, 3, 3, 4, 4, 5]


def test_only_what_changed_since_is_asked_for():
    shop = PagedShop({1: 10, 2: 20, 3: 30}, size=2)
    assert shop.all_seen(START + timedelta(minutes=20)) == [2, 3]


def test_an_order_that_moves_to_the_end_hides_none_behind_it():
    shop = PagedShop({1: 10, 2: 20, 3: 30, 4: 40}, size=2)
    shop.touches = [1]
    assert set(shop.all_seen()) == {1, 2, 3, 4}


def test_more_orders_of_one_moment_than_a_page_holds():
    assert set(PagedShop(dict.fromkeys(range(7), 10) | {9: 20}, size=2).all_seen()) == {*range(7), 9}


def test_an_order_that_moves_away_from_others_of_its_moment_hides_none_of_them():
    shop = PagedShop(dict.fromkeys(range(6), 10), size=2)
    shop.touches = [0]
    assert set(shop.all_seen()) == set(range(6))


def test_an_empty_shop():
    assert PagedShop({}, size=2).all_seen() == []


@pytest.mark.parametrize("filters, totals", [(True, True), (False, True), (False, False)])
def test_a_shop_that_does_not_sort_is_read_by_numbers(filters: bool, totals: bool):
    """Without a total, one that filters but does not sort could not be told from one that does both."""
    minutes = {1: 10, 2: 50, 3: 30, 4: 90, 5: 20}
    assert set(PagedShop(minutes, 2, sorts=False, filters=filters, totals=totals).all_seen()) == set(minutes)


@given(
    minutes=st.lists(st.integers(0, 500), max_size=30, unique=True)
    | st.lists(st.integers(0, 3), max_size=30),
    touched=st.lists(st.integers(0, 29), max_size=12),
    size=st.integers(1, 5),
)
def test_no_order_is_missed_however_busy_the_shop(minutes, touched, size):
    shop = PagedShop(dict(enumerate(minutes)), size)
    shop.touches = [order for order in touched if order < len(minutes)]
    assert set(shop.all_seen()) == set(range(len(minutes)))
    assert shop.requests <= 4 * (len(minutes) + 12)


@given(minutes=st.lists(st.integers(0, 8), max_size=30), size=st.integers(1, 5), sorts=st.booleans())
def test_every_order_is_seen_once_at_least(minutes, size, sorts):
    shop = PagedShop(dict(enumerate(minutes)), size, sorts=sorts)
    assert set(shop.all_seen()) == set(range(len(minutes)))


@given(minutes=st.lists(st.integers(0, 8), max_size=30), size=st.integers(1, 5))
def test_what_is_seen_never_goes_back_in_time(minutes, size):
    """So the watermark can follow each page."""
    changes = PagedShop(dict(enumerate(minutes)), size).changes_seen()
    assert changes == sorted(changes)
