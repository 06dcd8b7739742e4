"""WooCommerce's pages, seconds and refunds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.shop_orders import Record
from tests.training.pull.shop_servers import KEY, SECRET, Reply, woocommerce_order
from training.errors import InputRefused
from training.pull import woocommerce as platform
from training.pull.shop import Shop


@pytest.fixture
def shop(woocommerce, pauses) -> Shop:
    named = {
        "WOOCOMMERCE_URL": woocommerce.url,
        "WOOCOMMERCE_CONSUMER_KEY": KEY,
        "WOOCOMMERCE_CONSUMER_SECRET": SECRET,
    }
    return platform.connect(named, pauses)


def ids(shop: Shop, since: datetime | None = None) -> list[int]:
    return [order["id"] for page in shop.pages(since) for order in page]


def test_orders_come_by_their_last_change_more_in_a_second_than_a_page_holds(woocommerce, shop):
    assert set(ids(shop)) == {1, 2, 3, 4, 5}
    assert {(one.query["orderby"], one.query["order"]) for one in woocommerce.requests} == {
        ("modified", "asc")
    }
    assert set(woocommerce.queries("dates_are_gmt")) == {"true"}


def test_the_second_that_is_asked_for_is_not_left_out(woocommerce, shop):
    assert ids(shop, datetime(2026, 2, 3, 8, tzinfo=UTC)) == [1, 5]
    assert woocommerce.queries("modified_after") == ["2026-02-03T07:59:59"]


def test_an_order_that_changes_meanwhile_hides_none_behind_it(woocommerce, shop):
    """Order 2 moves to the end when the first page was read: all behind it move up by one."""
    woocommerce.orders[:] = [woocommerce_order(n, f"2026-02-0{n}T08:00:00") for n in range(1, 6)]

    def touch(request: object) -> None:
        if len(woocommerce.requests) == 2:
            woocommerce.orders[0]["date_modified_gmt"] = "2026-02-09T08:00:00"

    woocommerce.before = touch
    assert set(ids(shop)) == {1, 2, 3, 4, 5}


def test_refunds_are_asked_for_where_an_order_has_some(woocommerce, shop):
    refund: Record = {"id": 90, "date_created_gmt": "2026-02-04T09:00:00", "amount": "3.50"}
    refund["line_items"] = [
        {"id": 900, "quantity": -1, "meta_data": [{"id": 1, "key": "_refunded_item_id", "value": "5001"}]}
    ]
    woocommerce.orders[4]["refunds"] = [{"id": 90, "reason": "", "total": "-3.50"}]
    woocommerce.refunds[5] = [refund]
    [order] = [order for page in shop.pages(datetime(2026, 2, 5, tzinfo=UTC)) for order in page]
    assert order["refunds"] == [refund]
    lines = shop.layout.order_lines(order)
    assert [(line["quantity"], line["ordered_at"]) for line in lines] == [
        ("2", "2026-01-05T10:00:00Z"),
        ("-1", "2026-02-04T09:00:00Z"),
    ]


@pytest.mark.parametrize("number", [5, "5/../../users", None])
def test_an_order_that_was_deleted_meanwhile_or_has_no_number_stops_nothing(woocommerce, shop, number):
    woocommerce.orders[4] |= {"id": number, "refunds": [{"id": 90, "reason": "", "total": "-3.50"}]}
    woocommerce.before = lambda request: woocommerce.faults.extend(
        [Reply({"code": "woocommerce_rest_shop_order_invalid_id"}, 404)] * ("refunds" in request.path)
    )
    assert set(ids(shop)) == {1, 2, 3, 4, number}
    assert {request.path for request in woocommerce.requests} <= {
        "/wp-json/wc/v3/orders",
        "/wp-json/wc/v3/orders/5/refunds",
    }


def test_no_refunds_are_asked_for_where_there_are_none(woocommerce, shop):
    ids(shop)
    assert {request.path for request in woocommerce.requests} == {"/wp-json/wc/v3/orders"}


def test_a_site_in_a_folder(woocommerce, pauses):
    named = {
        "WOOCOMMERCE_URL": f"{woocommerce.url}/store/",
        "WOOCOMMERCE_CONSUMER_KEY": KEY,
        "WOOCOMMERCE_CONSUMER_SECRET": SECRET,
    }
    ids(platform.connect(named, pauses))
    assert woocommerce.requests[0].path == "/store/wp-json/wc/v3/orders"


def test_an_old_version_that_cannot_sort_is_told_in_its_own_words(woocommerce, shop):
    woocommerce.faults = [
        Reply({"code": "rest_invalid_param", "message": "Invalid parameter(s): orderby"}, 400)
    ]
    with pytest.raises(InputRefused, match=r"Invalid parameter\(s\): orderby"):
        ids(shop)


def test_a_shop_whose_proxy_drops_the_totals_is_read_to_its_end(woocommerce, shop):
    platform_answers = woocommerce.platform

    def without_totals(server, request):
        reply = platform_answers(server, request)
        return Reply(reply.body, reply.status)

    woocommerce.platform = without_totals
    assert set(ids(shop)) == {1, 2, 3, 4, 5}
