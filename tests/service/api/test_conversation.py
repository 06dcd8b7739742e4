"""The storefront's conversation: what a visitor does changes the next answer, nothing comes twice."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from flask.testing import FlaskClient

from service.answers import MAX_NAMED
from service.store.api_keys import create_key
from service.store.keys import Keys
from tests.published import publish
from tests.service.conftest import MakeClient

PATH = "/v1/recommendations"
SHOP = "https://shop.example"

_event_ids = (f"event-{number}" for number in itertools.count())


def report(
    client: FlaskClient,
    type: str,
    visitor_id: str,
    *product_ids: str,
    days_ago: float = 0,
    headers: dict[str, str] | None = None,
) -> None:
    """Events of one visitor, one after the other, a second apart."""
    begin = datetime.now(UTC) - timedelta(days=days_ago, minutes=5)
    events = [
        {
            "event_id": next(_event_ids),
            "type": type,
            "visitor_id": visitor_id,
            "product_id": product_id,
            "occurred_at": (begin + timedelta(seconds=place)).isoformat(),
        }
        for place, product_id in enumerate(product_ids)
    ]
    response = client.post("/v1/events", json=events, headers=headers)
    assert response.get_json() == {"accepted": len(events), "duplicates": 0, "rejected": []}


def ask(client: FlaskClient, query: str, **headers: str) -> dict[str, Any]:
    response = client.get(f"{PATH}?{query}", headers=headers)
    assert response.status_code == 200, response.get_json()
    return response.get_json()


def shown(client: FlaskClient, query: str, **headers: str) -> list[str]:
    return [item["product_id"] for item in ask(client, query, **headers)["items"]]


def test_views_of_an_anonymous_visitor_lead_to_what_is_similar(client: FlaskClient):
    assert ask(client, "visitor_id=new&limit=3")["fallback"] == "unknown_visitor"
    report(client, "view", "new", "p0")

    answer = ask(client, "visitor_id=new&limit=3")
    assert [item["product_id"] for item in answer["items"]] == ["p1", "p2", "p3"]
    assert answer["fallback"] is None
    assert answer["items"][0]["reason"] == {"code": "similar_to", "product_id": "p0"}


def test_a_session_takes_at_most_its_quota_of_a_known_customers_list(client: FlaskClient):
    report(client, "view", "ben", "p0", "p1")
    items = ask(client, "visitor_id=ben&limit=8")["items"]
    assert [item["reason"]["code"] for item in items] == ["similar_to"] * 4 + ["bought_often"] * 4


def test_recently_viewed_is_newest_first_and_filled_up(client: FlaskClient):
    report(client, "view", "new", "p7", "p5", "p7", "gone")
    answer = ask(client, "visitor_id=new&placement=recently_viewed&limit=4")
    assert [item["product_id"] for item in answer["items"]] == ["p7", "p5", "p0", "p1"]
    assert [item["reason"]["code"] for item in answer["items"]][:2] == ["recently_viewed"] * 2
    assert answer["fallback"] == "filled"


@pytest.mark.parametrize("placement", ["for_you", "discover", "buy_it_again", "trending", "recently_viewed"])
def test_what_is_in_the_cart_is_recommended_nowhere_until_it_is_taken_out(
    client: FlaskClient, placement: str
):
    query = f"visitor_id=anna&placement={placement}&limit=12"
    first = shown(client, query)[0]
    report(client, "add_to_cart", "anna", first, days_ago=1)
    assert first not in shown(client, query)
    report(client, "remove_from_cart", "anna", first)
    assert first in shown(client, query)


def test_a_purchase_leaves_the_list_and_comes_back_to_be_bought_again_when_due(client: FlaskClient):
    report(client, "purchase", "anna", "p0")
    assert shown(client, "visitor_id=anna&limit=3") == ["p1", "p2", "p3"]
    assert shown(client, "visitor_id=anna&placement=buy_it_again&limit=1") == ["p1"]

    report(client, "purchase", "ben", "p9", days_ago=40)  # nobody knows its cadence: a month
    item = ask(client, "visitor_id=ben&placement=buy_it_again&limit=1")["items"][0]
    assert (item["product_id"], item["reason"]["code"]) == ("p9", "due_again")
    assert "p9" not in shown(client, "visitor_id=ben&placement=discover")


def test_identified_the_visitor_is_the_customer_with_the_session_of_both(client: FlaskClient):
    report(client, "add_to_cart", "browser", "p1")
    report(client, "add_to_cart", "anna", "p2")
    for _ in range(2):
        body = {"visitor_id": "browser", "customer_id": "anna"}
        assert client.post("/v1/visitors/identify", json=body).status_code == 204
        for visitor in ("browser", "anna"):
            assert shown(client, f"visitor_id={visitor}&limit=2") == ["p0", "p3"]


def test_with_a_public_key_a_bare_customer_id_reads_and_changes_nothing_of_the_customers(
    store: redis.Redis, store_url: str, make_client: MakeClient
):
    publish(store)
    _, key = create_key(store, Keys(), "public")
    client = make_client(redis_url=store_url, allowed_origins=(SHOP,))
    browser = {"Authorization": f"Bearer {key}", "Origin": SHOP}

    report(client, "purchase", "anna", "p0")
    assert shown(client, "visitor_id=anna&limit=2", **browser) == ["p0", "p1"]  # as for anybody
    report(client, "add_to_cart", "anna", "p3", headers=browser)
    answer = ask(client, "visitor_id=anna&limit=3", **browser)
    assert "p3" not in [item["product_id"] for item in answer["items"]]

    # An identified browser is the customer, whoever asks: its id is a secret of its own.
    client.post("/v1/visitors/identify", json={"visitor_id": "browser", "customer_id": "anna"})
    assert "p0" not in shown(client, "visitor_id=browser&limit=3", **browser)


def test_pages_follow_each_other_without_repeats_to_the_end(client: FlaskClient):
    pages, cursor = [], None
    while True:
        page = ask(client, "visitor_id=ben&limit=5" + (f"&cursor={cursor}" if cursor else ""))
        pages.append([item["product_id"] for item in page["items"]])
        assert page["items"][0]["rank"] == 1 + sum(map(len, pages[:-1]))
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert pages == [[f"p{n}" for n in range(start, min(start + 5, 12))] for start in (0, 5, 10)]


def test_a_cursor_outlives_the_version_it_began_with(client: FlaskClient, store: redis.Redis):
    first = ask(client, "visitor_id=ben&limit=3")
    publish(store, "20260102T000000Z-0002")
    client.application.extensions["recommendations"].follower.poll()
    second = ask(client, f"visitor_id=ben&limit=3&cursor={first['next_cursor']}")
    assert second["model_version"] != first["model_version"]
    assert [item["product_id"] for item in second["items"]] == ["p3", "p4", "p5"]


@pytest.mark.parametrize("cursor", ["x", "", "%C3%A4", "AAAA!AAA"])
def test_a_bad_cursor_is_named(client: FlaskClient, cursor: str):
    response = client.get(f"{PATH}?cursor={cursor}")
    assert (response.status_code, response.get_json()["errors"][0]["name"]) == (422, "cursor")


def batch(client: FlaskClient, *queries: dict[str, Any], **page: str) -> list[list[str]]:
    response = client.post(f"{PATH}/batch", json={"queries": queries, **page})
    assert response.status_code == 200, response.get_json()
    return [[item["product_id"] for item in answer["items"]] for answer in response.get_json()["results"]]


def test_a_batch_answers_each_query_as_if_it_came_alone(client: FlaskClient):
    queries = [
        {"visitor_id": "anna", "limit": 2},
        {"placement": "similar_items", "product_id": ["p0"], "limit": 2, "exclude": ["p1"]},
        {"placement": "trending", "limit": 1, "category": "Bakery"},
        {},
    ]
    assert batch(client, *queries) == [
        ["p0", "p1"],
        ["p2", "p3"],
        ["p8"],
        [f"p{number}" for number in range(9)],
    ]


def test_on_one_page_the_earlier_query_has_the_product(client: FlaskClient):
    queries: list[dict[str, Any]] = [
        {"limit": 3},
        {"visitor_id": "anna", "limit": 2},
        {"placement": "trending", "limit": 3},
    ]
    assert batch(client, *queries, page_id="home-1") == [["p0", "p1", "p2"], ["p3", "p4"], ["p8", "p7", "p5"]]


def test_queries_of_one_page_that_come_one_by_one_do_not_repeat_each_other(client: FlaskClient):
    first = shown(client, "limit=2&page_id=page-7")
    assert shown(client, "placement=recently_viewed&limit=2&page_id=page-7") == ["p2", "p3"]
    assert shown(client, "limit=2&page_id=page-7") == first, "asked again, it is the same answer"
    assert shown(client, "placement=recently_viewed&limit=2&page_id=page-8") == ["p0", "p1"]
    later = batch(
        client, {"placement": "trending", "limit": 4}, {"placement": "bought_together"}, page_id="page-7"
    )
    assert not {*itertools.chain(*later)} & {"p0", "p1", "p2", "p3"}


@pytest.mark.parametrize(
    "body, name",
    [
        ({"queries": [{}, {"limit": 0}]}, "queries.1.limit"),
        ({"queries": [{"limit": "12"}]}, "queries.0.limit"),
        ({"queries": [{"limit": True}]}, "queries.0.limit"),
        ({"queries": [{"limit": None}]}, "queries.0.limit"),
        ({"queries": [{"product_id": "p1"}]}, "queries.0.product_id"),
        ({"queries": [{"placement": "nowhere"}]}, "queries.0.placement"),
        ({"queries": [{"exclude": [""]}]}, "queries.0.exclude.0"),
        ({"queries": [{"what": 1}]}, "queries.0.what"),
        ({"queries": [{}] * 101}, "queries"),
        ({"queries": {}}, "queries"),
        ({}, "queries"),
        ({"queries": [], "page": "x"}, "page"),
        ({"queries": [], "page_id": ""}, "page_id"),
        ([], "body"),
    ],
)
def test_what_is_wrong_in_a_batch_is_named(client: FlaskClient, body: Any, name: str):
    response = client.post(f"{PATH}/batch", json=body)
    assert (response.status_code, [one["name"] for one in response.get_json()["errors"]]) == (422, [name])


def test_an_answer_kept_in_the_process_never_outlives_an_event(client: FlaskClient):
    query = "visitor_id=anna&limit=2"
    etags = {client.get(f"{PATH}?{query}").headers["ETag"] for _ in range(3)}
    ids = {ask(client, query)["recommendation_id"] for _ in range(3)}
    assert (len(etags), len(ids)) == (1, 3)
    report(client, "add_to_cart", "anna", "p1")
    assert "p1" not in shown(client, query)
    report(client, "remove_from_cart", "anna", "p1")
    assert shown(client, query) == ["p0", "p1"]


def test_an_answer_kept_in_the_process_never_outlives_an_erasure(client: FlaskClient):
    query = "visitor_id=anna&limit=2&placement=discover"
    assert shown(client, query) == ["p3", "p4"] == shown(client, query)
    assert client.delete("/v1/visitors/anna").status_code == 200
    client.application.extensions["recommendations"].follower.poll()
    assert ask(client, query)["fallback"] == "unknown_visitor"


def test_what_a_browser_reports_under_a_customers_id_changes_nothing_for_the_customer(
    store: redis.Redis, store_url: str, make_client: MakeClient
):
    publish(store)
    _, key = create_key(store, Keys(), "public")
    client = make_client(redis_url=store_url, allowed_origins=(SHOP,))
    report(client, "purchase", "anna", "p0", headers={"Authorization": f"Bearer {key}", "Origin": SHOP})
    assert shown(client, "visitor_id=anna&limit=2") == ["p0", "p1"]


def test_a_browser_is_told_of_no_purchase_of_an_id_that_no_version_knows(
    store: redis.Redis, store_url: str, make_client: MakeClient
):
    publish(store)
    _, key = create_key(store, Keys(), "public")
    client = make_client(redis_url=store_url, allowed_origins=(SHOP,))
    report(client, "purchase", "new-customer", "p9", days_ago=40)
    query = "visitor_id=new-customer&placement=buy_it_again&limit=1"
    assert shown(client, query) == ["p9"]
    assert shown(client, query, Authorization=f"Bearer {key}", Origin=SHOP) == ["p0"]


def test_a_customer_known_by_identify_alone_has_one_state(client: FlaskClient):
    client.post("/v1/visitors/identify", json={"visitor_id": "browser", "customer_id": "new-customer"})
    report(client, "add_to_cart", "browser", "p0")
    report(client, "add_to_cart", "new-customer", "p1")
    for visitor in ("browser", "new-customer"):
        assert not {"p0", "p1"} & set(shown(client, f"visitor_id={visitor}&limit=9"))


def test_queries_of_a_page_that_come_at_the_same_moment_do_not_repeat_each_other(client: FlaskClient):
    placements = ["for_you", "trending", "similar_items", "recently_viewed"]
    app = client.application

    def ask_one(placement: str) -> list[str]:
        with app.test_client() as own:
            own.environ_base["HTTP_AUTHORIZATION"] = client.environ_base["HTTP_AUTHORIZATION"]
            return shown(own, f"placement={placement}&limit=2&page_id=busy")

    with ThreadPoolExecutor(len(placements)) as pool:
        products = [product for found in pool.map(ask_one, placements) for product in found]
    assert len(products) == len(set(products)) == 8


def test_a_full_store_takes_no_page_and_still_answers(client: FlaskClient, store: redis.Redis):
    assert shown(client, "limit=2&page_id=before") == ["p0", "p1"]
    store.config_set("maxmemory", "1")
    try:
        assert shown(client, "limit=2&page_id=full") == ["p0", "p1"]
        assert ask(client, "limit=2")["fallback"] == "unknown_visitor", "the circuit is closed"
        refused = client.post("/v1/visitors/identify", json={"visitor_id": "a", "customer_id": "b"})
        assert (refused.status_code, "full" in refused.get_json()["detail"]) == (503, True)
    finally:
        store.config_set("maxmemory", "0")


def test_a_state_that_cannot_be_read_counts_as_none(client: FlaskClient, store: redis.Redis):
    store.set(Keys().customer("anna"), b"{damaged")
    assert shown(client, "visitor_id=anna&limit=2") == ["p0", "p1"]


def test_answers_to_questions_that_name_many_products_are_not_kept(client: FlaskClient):
    service = client.application.extensions["recommendations"]
    many = "".join(f"&exclude=x{number}" for number in range(MAX_NAMED + 1))
    for query in (f"limit=1{many}", "limit=1&exclude=x") * 2:
        ask(client, query)
    kept = service._kept_answers.under(
        service.follower.snapshot, service.follower.rules, service._fetcher.follow(service.follower.snapshot)
    )
    assert len(kept) == 1
