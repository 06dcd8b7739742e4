from __future__ import annotations

from typing import Any

import pytest
import redis
from flask.testing import FlaskClient
from redis import Redis

from service.cursor import mark
from service.store.api_keys import create_key
from service.store.keys import Keys
from tests.published import publish
from tests.service.conftest import MakeClient

PATH = "/v1/recommendations"


def ask(client: FlaskClient, query: str) -> dict[str, Any]:
    response = client.get(f"{PATH}?{query}")
    assert response.status_code == 200, response.get_json()
    return response.get_json()


def shown(client: FlaskClient, query: str) -> tuple[list[str], str | None]:
    answer = ask(client, query)
    return [item["product_id"] for item in answer["items"]], answer["fallback"]


def test_an_answer_in_full(client: FlaskClient):
    answer = ask(client, "visitor_id=anna&placement=discover&limit=1&include=product")
    assert len(answer.pop("recommendation_id")) == 32
    assert answer == {
        "placement": "discover",
        "visitor_id": "anna",
        "model_version": "20260101T000000Z-0001",
        "experiment": None,
        "fallback": None,
        "items": [
            {
                "product_id": "p3",
                "rank": 1,
                "score": 1.0,
                "reason": {"code": "similar_to", "product_id": "p0"},
                "product": {
                    "title": "Product 3",
                    "url": "https://shop.example/3",
                    "image_url": None,
                    "brand": "Acme",
                    "category": "Drinks > Coffee",
                    "price": 4.5,
                    "currency": "EUR",
                    "in_stock": True,
                    "available_from": None,
                    "tags": None,
                },
            }
        ],
        "next_cursor": mark("p3"),
    }


def test_without_any_parameter_it_is_for_you_of_an_anonymous_visitor_with_twelve_items(client: FlaskClient):
    answer = ask(client, "")
    assert (answer["placement"], answer["visitor_id"], answer["fallback"]) == (
        "for_you",
        None,
        "unknown_visitor",
    )
    assert len(ask(client, "visitor_id=ben")["items"]) == 12


@pytest.mark.parametrize(
    "query, products, fallback",
    [
        ("visitor_id=anna&limit=3", "p0 p1 p2", None),
        ("visitor_id=anna&limit=6", "p0 p1 p2 p3 p4 p5", "filled"),
        ("visitor_id=d%C3%BCsseldorf%2F7&limit=2", "p5 p6", None),
        ("visitor_id=nobody&limit=2", "p0 p1", "unknown_visitor"),
        ("visitor_id=anna&limit=3&exclude=p0&exclude=p2", "p1 p3 p4", "filled"),
        ("visitor_id=anna&limit=2&product_id=p0", "p1 p2", None),
        ("visitor_id=ben&limit=3&category=Bakery", "p7 p8 p9", None),
        ("visitor_id=ben&limit=9&category=Drinks", "p0 p1 p2 p3 p4 p5 p6", None),
        ("visitor_id=ben&limit=9&category=Drinks%3ETea", "p0 p1 p2", None),
        ("visitor_id=ben&category=Drink", "", "none"),
        ("visitor_id=anna&placement=discover&limit=2", "p3 p4", None),
        ("visitor_id=anna&placement=discover&limit=4", "p3 p4 p5 p6", "filled"),
        ("visitor_id=cleo&placement=discover&limit=5", "p0 p1 p2 p3 p5", "filled"),
        ("visitor_id=nobody&placement=discover&limit=2", "p0 p1", "unknown_visitor"),
        ("visitor_id=anna&placement=buy_it_again&limit=2", "p1 p0", None),
        ("visitor_id=anna&placement=buy_it_again&limit=3", "p1 p0 p2", "filled"),
        ("visitor_id=cleo&placement=buy_it_again&limit=2", "p0 p1", "filled"),
        ("visitor_id=nobody&placement=buy_it_again&limit=1", "p0", "unknown_visitor"),
        ("placement=similar_items&product_id=p0&limit=3", "p1 p2 p3", None),
        ("placement=similar_items&product_id=p0&product_id=p1&limit=3", "p2 p3 p4", None),
        ("placement=similar_items&product_id=zz&product_id=p0&limit=1", "p1", None),
        ("placement=similar_items&product_id=p9&limit=2", "p0 p1", "filled"),
        ("placement=similar_items&product_id=zz&limit=2", "p0 p1", "unknown_product"),
        ("placement=similar_items&limit=2", "p0 p1", "no_context"),
        ("placement=bought_together&product_id=p0&limit=1", "p7", None),
        ("placement=bought_together&product_id=p0&limit=3", "p7 p1 p2", "filled"),
        ("placement=trending&limit=2", "p8 p7", None),
        ("placement=trending&limit=3", "p8 p7 p0", "filled"),
        ("placement=new_arrivals&limit=2", "p11 p10", None),
        ("placement=recently_viewed&visitor_id=anna&limit=2", "p0 p1", "filled"),
        ("placement=recently_viewed&limit=1", "p0", "unknown_visitor"),
        ("visitor_id=anna&limit=1&colour=red", "p0", None),
    ],
)
def test_what_is_shown_and_which_fallback_is_named(
    client: FlaskClient, query: str, products: str, fallback: str | None
):
    assert shown(client, query) == (products.split(), fallback)


def test_products_that_several_context_products_lead_to_come_first_with_the_larger_share_as_reason(
    client: FlaskClient,
):
    items = ask(client, "placement=similar_items&product_id=p0&product_id=p1&limit=2")["items"]
    assert [(item["product_id"], item["score"], item["reason"]["product_id"]) for item in items] == [
        ("p2", 1.5, "p1"),
        ("p3", 0.25, "p0"),
    ]


def test_a_context_product_given_twice_counts_once(client: FlaskClient):
    once = ask(client, "placement=similar_items&product_id=p0&limit=3")["items"]
    assert ask(client, "placement=similar_items&product_id=p0&product_id=p0&limit=3")["items"] == once


def test_before_the_first_publication_the_answer_is_cold_and_empty(
    store: Redis, store_url: str, make_client: MakeClient
):
    client = make_client(redis_url=store_url)
    answer = ask(client, "visitor_id=anna")
    assert (answer["items"], answer["fallback"], answer["model_version"]) == ([], "cold_store", None)


def test_a_newly_published_version_is_served_at_the_next_poll(client: FlaskClient, store: Redis):
    before = ask(client, "visitor_id=anna")
    publish(store, "20270101T000000Z-0002")
    client.application.extensions["recommendations"].follower.poll()
    assert ask(client, "visitor_id=anna")["model_version"] == "20270101T000000Z-0002"
    assert before["model_version"] == "20260101T000000Z-0001"


def test_a_configured_placement_is_served(
    store: Redis, store_url: str, make_client: MakeClient, tmp_path: Any
):
    config = tmp_path / "recs.toml"
    config.write_text(
        '[placements.checkout]\nsources = ["bought_together", "new_arrivals"]\nneeds = "context"\n'
    )
    publish(store)
    client = make_client(redis_url=store_url, config=config)
    assert shown(client, "placement=checkout&product_id=p0&limit=3") == (["p7", "p11", "p10"], None)


def test_each_answer_has_an_id_of_its_own_and_the_etag_covers_the_rest(client: FlaskClient):
    first, second = (client.get(f"{PATH}?visitor_id=anna") for _ in range(2))
    assert first.get_json()["recommendation_id"] != second.get_json()["recommendation_id"]
    assert first.headers["ETag"] == second.headers["ETag"]
    other = client.get(f"{PATH}?visitor_id=ben")
    assert other.headers["ETag"] != first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("condition", ["{etag}", '"x", {etag}', "*"])
def test_an_unchanged_answer_is_not_sent_again(client: FlaskClient, condition: str):
    etag = client.get(f"{PATH}?visitor_id=anna").headers["ETag"]
    condition = condition.replace("{etag}", etag)
    again = client.get(f"{PATH}?visitor_id=anna", headers={"If-None-Match": condition})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)


def test_a_changed_answer_is_sent(client: FlaskClient):
    again = client.get(f"{PATH}?visitor_id=anna", headers={"If-None-Match": 'W/"of-another"'})
    assert again.status_code == 200


def test_head_answers_like_get_without_the_body(client: FlaskClient):
    response = client.head(f"{PATH}?visitor_id=anna")
    assert (response.status_code, response.data, response.content_type) == (200, b"", "application/json")


@pytest.mark.parametrize("role, seen", [("storefront", "p5"), ("merchandiser", "p5"), ("public", "p0")])
def test_only_a_shops_own_servers_see_what_a_customer_bought(
    client: FlaskClient, store: redis.Redis, make_client: MakeClient, store_url: str, role: str, seen: str
):
    _, key = create_key(store, Keys(), role)
    origin = "https://shop.example"
    client = make_client(redis_url=store_url, allowed_origins=(origin,))
    headers = {"Authorization": f"Bearer {key}", "Origin": origin}
    response = client.get(f"{PATH}?visitor_id=d%C3%BCsseldorf/7&limit=1", headers=headers)
    answer = response.get_json()
    assert [item["product_id"] for item in answer["items"]] == [seen]
    assert answer["fallback"] == ("unknown_visitor" if role == "public" else None)
    assert answer["visitor_id"] == "düsseldorf/7"
    assert response.headers["Access-Control-Allow-Origin"] == origin


def test_a_preview_is_the_same_answer_with_its_trace(client: FlaskClient):
    query = "visitor_id=anna&limit=3&exclude=p1"
    preview = client.get(f"/v1/admin/preview?{query}").get_json()
    trace = preview.pop("trace")
    answer = ask(client, query)
    assert preview | {"recommendation_id": ""} == answer | {"recommendation_id": ""}
    assert (trace["model_version"], trace["customer_id"], trace["rules"]) == (
        "20260101T000000Z-0001",
        "anna",
        [],
    )
    assert [(source["source"], source["own"]) for source in trace["candidates"]] == [
        ("for_you", True),
        ("popular", False),
    ]
    assert trace["candidates"][0]["items"][:3] == [
        {
            "product_id": "p0",
            "score": 1.0,
            "scores": {"personal": 0.9, "als": 0.1},
            "reason": {"code": "bought_often", "product_id": None},
        },
        {
            "product_id": "p1",
            "score": 0.5,
            "scores": {"personal": 0.4, "als": 0.2},
            "reason": {"code": "bought_often", "product_id": None},
        },
        {
            "product_id": "p2",
            "score": 0.25,
            "scores": None,
            "reason": {"code": "bought_often", "product_id": None},
        },
    ]
    assert trace["dropped"] == [{"product_id": "p1", "source": "for_you", "why": "excluded"}]


def test_a_preview_shows_candidates_beyond_what_the_answer_reaches(client: FlaskClient):
    trace = client.get("/v1/admin/preview?visitor_id=ben&limit=1").get_json()["trace"]
    assert len(trace["candidates"][0]["items"]) == 12
    assert trace["candidates"][0]["items"][0]["scores"] is None


def test_a_preview_counts_as_no_recommendation(client: FlaskClient):
    def counted() -> list[str]:
        lines = client.get("/metrics").get_data(as_text=True).splitlines()
        return [line for line in lines if line.startswith("recs_answers_total")]

    ask(client, "visitor_id=anna&limit=1")
    before = counted()
    assert before
    client.get("/v1/admin/preview?visitor_id=anna&limit=1")
    assert counted() == before
    ask(client, "visitor_id=anna&limit=1")
    assert counted() != before
