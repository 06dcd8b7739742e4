"""Magento's search criteria, and its last page, which it repeats for ever."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.training.pull.shop_servers import SECRET, Reply, magento_order
from training.errors import InputRefused
from training.pull import magento as platform
from training.pull.shop import Shop


@pytest.fixture
def shop(magento, pauses) -> Shop:
    return platform.connect({"MAGENTO_URL": magento.url, "MAGENTO_ACCESS_TOKEN": SECRET}, pauses)


def ids(shop: Shop, since: datetime | None = None) -> list[int]:
    return [order["entity_id"] for page in shop.pages(since) for order in page]


def test_pages_end_with_the_total_and_not_with_an_empty_page(magento, shop):
    assert set(ids(shop)) == {1, 2, 3, 4, 5}
    assert len(magento.requests) <= 7


def test_all_orders_of_one_second(magento, shop):
    """A shift of the clock, a migration: numbers tell the pages apart, forwards and backwards."""
    magento.orders[:] = [magento_order(n, "2026-02-01T08:00:00") for n in range(1, 8)]
    assert set(ids(shop)) == {1, 2, 3, 4, 5, 6, 7}
    assert len(magento.requests) <= 8


def test_search_criteria_ask_for_what_changed_since_in_utc(magento, shop):
    assert ids(shop, datetime(2026, 2, 3, 8, tzinfo=UTC)) == [1, 5]
    criterion = "searchCriteria[filter_groups][0][filters][0]"
    assert magento.queries(f"{criterion}[field]") == ["updated_at"]
    assert magento.queries(f"{criterion}[value]") == ["2026-02-03 08:00:00"]
    assert magento.queries(f"{criterion}[condition_type]") == ["gteq"]
    assert magento.queries("searchCriteria[sortOrders][0][direction]") == ["ASC"]


def test_a_shop_without_orders_has_no_list(magento, shop):
    magento.faults = [Reply({"items": None, "search_criteria": {}, "total_count": 0})]
    assert ids(shop) == []


def test_an_early_version_that_does_not_sort_is_read_to_its_end(magento, shop):
    magento.sorts = False
    assert set(ids(shop)) == {1, 2, 3, 4, 5}


def test_an_answer_without_a_total_is_refused(magento, shop):
    magento.faults = [Reply({"items": []})]
    with pytest.raises(InputRefused, match="total_count"):
        ids(shop)
