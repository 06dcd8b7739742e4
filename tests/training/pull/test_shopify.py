"""Shopify's cursors, call limit and token."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.training.pull.shop_servers import SECRET, Reply, running
from training.errors import InputRefused
from training.pull import shopify as platform
from training.pull.shop import Shop


@pytest.fixture
def shop(shopify, pauses) -> Shop:
    return platform.connect({"SHOPIFY_SHOP": shopify.url, "SHOPIFY_ACCESS_TOKEN": SECRET}, pauses)


def ids(shop: Shop, since: datetime | None = None) -> list[list[int]]:
    return [[order["id"] for order in page] for page in shop.pages(since)]


def test_cursors_are_followed_with_nothing_but_the_limit_beside_them(shopify, shop):
    assert ids(shop) == [[2, 3], [4, 1], [5]]
    first, *others = [request.query for request in shopify.requests]
    assert first == {"status": "any", "limit": "250", "order": "updated_at asc"}
    assert [set(query) for query in others] == [{"limit", "page_info"}] * 2


def test_orders_in_every_state_are_asked_for_since_a_time(shopify, shop):
    assert ids(shop, datetime(2026, 2, 3, 8, tzinfo=UTC)) == [[1, 5]]
    assert shopify.requests[0].query["updated_at_min"] == "2026-02-03T08:00:00+00:00"
    assert shopify.requests[0].query["status"] == "any"


def test_the_version_of_the_api_is_a_setting(shopify, pauses):
    named = {"SHOPIFY_SHOP": shopify.url, "SHOPIFY_ACCESS_TOKEN": SECRET, "SHOPIFY_API_VERSION": "2027-01"}
    ids(platform.connect(named, pauses))
    assert {request.path for request in shopify.requests} == {"/admin/api/2027-01/orders.json"}


@pytest.mark.parametrize("limit, slower", [("1/40", 0), ("31/40", 0), ("32/40", 2), ("400/400", 2), ("?", 0)])
def test_a_bucket_of_calls_that_is_nearly_full_slows_the_pull_down(shopify, shop, pauses, limit, slower):
    shopify.headers = {"X-Shopify-Shop-Api-Call-Limit": limit}
    ids(shop)
    assert pauses == [1.0] * slower
    assert pauses.reasons == []


def test_a_throttled_page_is_asked_for_again(shopify, shop, pauses):
    shopify.faults = [Reply({"errors": "Exceeded 2 calls per second"}, 429, {"Retry-After": "2.0"})]
    assert ids(shop) == [[2, 3], [4, 1], [5]]
    assert pauses == [2.0]
    assert "asks us to slow down (429)" in pauses.reasons[0]


def test_a_link_to_another_host_gets_no_token(shopify, shop):
    with running(lambda other, request: Reply({"orders": []})) as elsewhere:
        link = f'<{elsewhere.url}/admin/api/2026-07/orders.json?page_info=~4>; rel="next"'
        shopify.faults = [Reply({"orders": []}, headers={"Link": link})]
        assert ids(shop) == [[], [5]]
        assert elsewhere.requests == []


def test_a_page_that_names_itself_as_the_next_one_ends_the_pull(shopify, shop):
    link = '<https://tea.example/orders.json?page_info=same>; rel="next"'
    shopify.faults = [Reply({"orders": []}, headers={"Link": link})] * 3
    with pytest.raises(InputRefused, match="names itself as the next one"):
        ids(shop)


@pytest.mark.parametrize(
    "link", ["", "<>", '<http://[>; rel="next"', 'rel="next"', '<?page_info=>; rel="next"']
)
def test_a_link_without_a_cursor_is_the_end(shopify, shop, link):
    shopify.faults = [Reply({"orders": []}, headers={"Link": link})]
    assert ids(shop) == [[]]
