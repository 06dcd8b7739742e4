"""A preview by the draft of the rules, and as of another time; otherwise just what the shop gets."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
import redis
from flask.testing import FlaskClient

from service.store.keys import Keys
from tests.service.api.test_conversation import report

PREVIEW = "/v1/admin/preview"

HIDE_P0 = {"id": "hide", "name": "Hide", "type": "exclude", "products": {"product_ids": ["p0"]}}
PIN_P9 = {
    "id": "pin",
    "name": "Pin",
    "type": "pin",
    "product_id": "p9",
    "slot": 1,
    "from": "2030-01-01T00:00+00:00",
    "until": "2030-02-01T00:00+00:00",
}


def previewed(client: FlaskClient, query: str) -> list[str]:
    response = client.get(f"{PREVIEW}?{query}")
    assert response.status_code == 200, response.get_json()
    return [item["product_id"] for item in response.get_json()["items"]]


def put_draft(client: FlaskClient, *rules: dict[str, Any]) -> None:
    edition = client.get("/v1/admin/rules/draft").get_json()["edition"]
    saved = client.put("/v1/admin/rules/draft", json={"edition": edition, "rules": list(rules)})
    assert saved.status_code == 200, saved.get_json()


def publish_draft(client: FlaskClient) -> None:
    edition = client.get("/v1/admin/rules/draft").get_json()["edition"]
    done = client.post("/v1/admin/rules/publish", json={"edition": edition, "note": "test"})
    assert done.status_code in (200, 201), done.get_json()
    client.application.extensions["recommendations"].follower.poll()


def test_a_draft_shows_in_a_preview_only(client: FlaskClient):
    put_draft(client, HIDE_P0)
    assert previewed(client, "visitor_id=anna&limit=2") == ["p0", "p1"]
    assert previewed(client, "visitor_id=anna&limit=2&rules=draft") == ["p1", "p2"]
    publish_draft(client)
    answer = client.get("/v1/recommendations?visitor_id=anna&limit=2").get_json()
    assert [item["product_id"] for item in answer["items"]] == ["p1", "p2"]


def test_without_a_draft_the_live_rules_are_shown(client: FlaskClient):
    assert previewed(client, "visitor_id=anna&limit=2&rules=draft") == ["p0", "p1"]


def test_a_preview_of_another_time_follows_schedules(client: FlaskClient):
    put_draft(client, PIN_P9)
    publish_draft(client)
    assert previewed(client, "visitor_id=anna&limit=2") == ["p0", "p1"]
    response = client.get(f"{PREVIEW}?visitor_id=anna&limit=2&at=2030-01-15T12:00%2B01:00").get_json()
    assert [(item["product_id"], item["reason"]["code"]) for item in response["items"]] == [
        ("p9", "pinned"),
        ("p0", "bought_often"),
    ]
    assert {"product_id": "p9", "rule": "pin", "name": "Pin", "effect": "pin to slot 1"} in response["trace"][
        "rules"
    ]


@pytest.mark.parametrize(
    "bad, name", [("at=tomorrow", "at"), ("at=2030-01-01", "at"), ("rules=old", "rules")]
)
def test_what_is_wrong_is_named(client: FlaskClient, bad: str, name: str):
    response = client.get(f"{PREVIEW}?{bad}")
    assert (response.status_code, response.get_json()["errors"][0]["name"]) == (422, name)


def test_the_preview_agrees_with_the_answer_whatever_happened(client: FlaskClient):
    dice = random.Random(7)
    products = [f"p{number}" for number in range(12)]
    brand_cap = {"id": "cap", "name": "Cap", "type": "cap", "per": "category", "depth": 1, "most": 2}
    boost = {"id": "up", "name": "Up", "type": "boost", "factor": 5, "products": {"categories": ["Bakery"]}}
    put_draft(client, HIDE_P0, brand_cap, boost)
    publish_draft(client)
    for _ in range(60):
        visitor = dice.choice(["anna", "ben", "cleo", "stranger"])
        type = dice.choice(["view", "add_to_cart", "remove_from_cart", "purchase", "impression"])
        report(client, type, visitor, dice.choice(products))
        placement = dice.choice(["for_you", "discover", "similar_items", "recently_viewed", "buy_it_again"])
        query = f"visitor_id={visitor}&placement={placement}&limit={dice.randint(1, 8)}&product_id=p1"
        answer = client.get(f"/v1/recommendations?{query}").get_json()
        preview = client.get(f"{PREVIEW}?{query}").get_json()
        del answer["recommendation_id"], preview["recommendation_id"], preview["trace"]
        assert preview == answer


def test_a_pin_behind_this_page_waits_for_its_slot(client: FlaskClient):
    put_draft(client, {"id": "pin", "name": "Pin", "type": "pin", "product_id": "p1", "slot": 5})
    publish_draft(client)
    first = client.get("/v1/recommendations?visitor_id=ben&limit=3").get_json()
    second = client.get(
        f"/v1/recommendations?visitor_id=ben&limit=3&cursor={first['next_cursor']}"
    ).get_json()
    assert [item["product_id"] for item in first["items"]] == ["p0", "p2", "p3"]
    assert [(item["rank"], item["product_id"]) for item in second["items"]] == [
        (4, "p4"),
        (5, "p1"),
        (6, "p5"),
    ]
    assert previewed(client, "visitor_id=cleo&limit=12")[:2] == ["p4", "p0"], (
        "the list is longer than the slot"
    )
    assert previewed(client, "visitor_id=cleo&limit=3&category=Drinks %3E Coffee") == ["p4", "p3", "p5"]


def test_a_rule_for_a_category_holds_on_the_categorys_page(client: FlaskClient):
    put_draft(client, HIDE_P0 | {"context_category": "Drinks"})
    publish_draft(client)
    assert previewed(client, "visitor_id=anna&limit=2") == ["p0", "p1"]
    assert previewed(client, "visitor_id=anna&limit=2&category=Drinks") == ["p1", "p2"]
    assert previewed(client, "visitor_id=anna&limit=2&product_id=p4") == ["p1", "p2"]
    assert previewed(client, "visitor_id=anna&limit=2&product_id=p8") == ["p0", "p1"]


def test_rules_that_cannot_be_read_leave_the_last_ones_in_place(client: FlaskClient, store: redis.Redis):
    put_draft(client, HIDE_P0)
    publish_draft(client)
    follower = client.application.extensions["recommendations"].follower
    unknown = {"id": "x", "name": "x", "type": "of-a-later-release"}
    store.hset(Keys().rules, "2", json.dumps({"revision": 2, "rules": [unknown]}))
    store.hset(Keys().live, "rules", 2)
    for _ in range(2):
        follower.failed(redis.ConnectionError("a short outage"))
        follower.poll()
        answer = client.get("/v1/recommendations?visitor_id=anna&limit=1").get_json()
        assert (answer["items"][0]["product_id"], answer["fallback"]) == ("p1", None)
