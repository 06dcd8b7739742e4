"""POST /v1/events and /v1/visitors/identify over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
import redis
from flask.testing import FlaskClient

from service.store.api_keys import create_key
from service.store.keys import Keys
from service.store.visitor_state import VisitorState
from tests.servers import RunningServer
from tests.service.conftest import MakeClient
from tests.waiting import wait_until


def now(**ago: float) -> str:
    return (datetime.now(UTC) - timedelta(**ago)).isoformat()


def event(event_id: str = "e1", **members: Any) -> dict[str, Any]:
    view = {"type": "view", "visitor_id": "vera", "product_id": "p1", "occurred_at": now()}
    return {"event_id": event_id} | view | members


def visitor(store: redis.Redis, visitor_id: str = "vera") -> VisitorState:
    return VisitorState.parse(cast(bytes, store.get(Keys().visitor(visitor_id))))


def customer(store: redis.Redis, customer_id: str = "anna") -> VisitorState:
    return VisitorState.parse(cast(bytes, store.get(Keys().customer(customer_id))))


def bearer(store: redis.Redis, role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {create_key(store, Keys(), role)[1]}"}


def test_one_event_changes_the_visitors_state_at_once(client: FlaskClient, store: redis.Redis):
    response = client.post("/v1/events", json=event())
    assert (response.status_code, response.json) == (202, {"accepted": 1, "duplicates": 0, "rejected": []})
    assert [product for product, _ in visitor(store).views] == ["p1"]


def test_each_event_is_checked_by_itself(client: FlaskClient, store: redis.Redis):
    sent = [event("e1"), event("e2", type="look"), "no event", event("e3", product_id="p2"), event("e1")]
    answer = client.post("/v1/events", json=sent).json
    assert (answer["accepted"], answer["duplicates"]) == (2, 1)
    assert [(one["index"], [error["name"] for error in one["errors"]]) for one in answer["rejected"]] == [
        (1, ["type"]),
        (2, ["body"]),
    ]
    assert len(visitor(store).views) == 2


def test_all_rejected_is_no_error_of_the_request(client: FlaskClient):
    response = client.post("/v1/events", json=[{}])
    assert response.status_code == 202
    names = [error["name"] for error in response.json["rejected"][0]["errors"]]
    assert sorted(names) == ["event_id", "occurred_at", "product_id", "type", "visitor_id"]


@pytest.mark.parametrize(
    "members, name",
    [
        ({"event_id": ""}, "event_id"),
        ({"visitor_id": "a\nb"}, "visitor_id"),
        ({"product_id": "x" * 257}, "product_id"),
        ({"product_id": 7}, "product_id"),
        ({"rank": 0}, "rank"),
        ({"rank": 1.9}, "rank"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": True}, "quantity"),
        ({"quantity": 10**30}, "quantity"),
        ({"unit_price": -0.01}, "unit_price"),
        ({"unit_price": "1"}, "unit_price"),
        ({"occurred_at": "2026-11-23T10:00:00"}, "occurred_at"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": 1_795_000_000}, "occurred_at"),
        ({"occurred_at": "1970-01-21T10:36:40Z"}, "occurred_at"),
        ({"occurred_at": "9999-12-31T23:59:59-23:59"}, "occurred_at"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_member_is_named(client: FlaskClient, members: dict[str, Any], name: str):
    response = client.post("/v1/events", json=[event(**members)])
    assert response.json["accepted"] == 0
    assert [error["name"] for error in response.json["rejected"][0]["errors"]] == [name]


def test_a_clock_ahead_counts_as_now_a_day_ahead_is_refused(client: FlaskClient, store: redis.Redis):
    before = datetime.now(UTC).timestamp() * 1000
    client.post("/v1/events", json=event("near", occurred_at=now(hours=-23)))
    assert before - 1 <= visitor(store).views[0][1] <= datetime.now(UTC).timestamp() * 1000
    answer = client.post("/v1/events", json=event("far", occurred_at=now(hours=-25))).json
    assert answer["rejected"][0]["errors"] == [
        {"name": "occurred_at", "detail": "Must not be more than 24 hours ahead."}
    ]


def test_all_members_may_be_null_or_missing_but_the_five(client: FlaskClient):
    optional = ["recommendation_id", "placement", "rank", "order_id", "quantity", "unit_price"]
    answer = client.post("/v1/events", json=event(type="purchase") | dict.fromkeys(optional)).json
    assert answer["accepted"] == 1


@pytest.mark.parametrize(
    "body, status",
    [
        (b"{", 400),
        (b"[" * 100_000, 400),
        (b'{"event_id": NaN}', 400),
        (b'{"event_id": "\xff"}', 400),
        (b'"text"', 422),
        (b"null", 422),
        (b"[" + b"{}," * 500 + b"{}]", 422),
        (b"[]" + b" " * 1024 * 1024, 413),
    ],
)
def test_a_body_that_is_no_array_of_events_is_refused(client: FlaskClient, body: bytes, status: int):
    response = client.post("/v1/events", data=body, content_type="application/json")
    assert (response.status_code, response.content_type) == (status, "application/problem+json")


def test_another_content_type_is_refused(client: FlaskClient):
    assert client.post("/v1/events", data=b"{}", content_type="text/plain").status_code == 415


def test_nothing_sent_is_nothing_taken(client: FlaskClient):
    response = client.post("/v1/events", json=[])
    assert (response.status_code, response.json) == (202, {"accepted": 0, "duplicates": 0, "rejected": []})


def test_a_storefront_writes_a_known_customers_own_state(client: FlaskClient, store: redis.Redis):
    client.post("/v1/events", json=event(visitor_id="anna"), headers=bearer(store, "storefront"))
    assert len(customer(store).views) == 1
    assert visitor(store, "anna").views == []


def test_a_browser_that_names_a_customer_is_an_anonymous_visitor(
    store: redis.Redis, store_url: str, client: FlaskClient, make_client: MakeClient
):
    browser = make_client(redis_url=store_url, allowed_origins=("https://shop.example",))
    headers = bearer(store, "public") | {"Origin": "https://shop.example"}
    response = browser.post("/v1/events", json=event(visitor_id="anna"), headers=headers)
    assert response.status_code == 202
    assert customer(store).views == []
    assert len(visitor(store, "anna").views) == 1


def test_after_identify_the_browsers_events_are_the_customers(client: FlaskClient, store: redis.Redis):
    client.post("/v1/events", json=event("e1", product_id="p1"))
    for _ in range(2):
        response = client.post("/v1/visitors/identify", json={"visitor_id": "vera", "customer_id": "anna"})
        assert (response.status_code, response.data) == (204, b"")
    client.post("/v1/events", json=event("e2", product_id="p2"))
    assert visitor(store).customer == "anna"
    assert [product for product, _ in customer(store).views] == ["p2", "p1"]


@pytest.mark.parametrize(
    "body, name",
    [
        ({"visitor_id": "vera"}, "customer_id"),
        ({"visitor_id": "vera", "customer_id": ""}, "customer_id"),
        ({"visitor_id": "vera", "customer_id": "anna", "email": "x"}, "email"),
        ([], "body"),
    ],
)
def test_a_bad_identity_is_refused(client: FlaskClient, body: Any, name: str):
    response = client.post("/v1/visitors/identify", json=body)
    assert response.status_code == 422
    assert [error["name"] for error in response.json["errors"]] == [name]


def test_identify_needs_a_storefronts_key(client: FlaskClient, store: redis.Redis):
    body = {"visitor_id": "vera", "customer_id": "anna"}
    assert client.post("/v1/visitors/identify", json=body, headers=bearer(store, "public")).status_code == 403


def test_without_a_key_nobody_writes_not_even_where_reads_are_open(
    store: redis.Redis, store_url: str, client: FlaskClient, make_client: MakeClient
):
    stranger = make_client(redis_url=store_url, public_reads=True)
    del stranger.environ_base["HTTP_AUTHORIZATION"]
    assert stranger.get("/v1/recommendations").status_code == 200
    assert stranger.post("/v1/events", json=event()).status_code == 401
    assert visitor(store).views == []


def test_events_are_taken_again_once_the_store_is_back(
    own_server: Callable[..., RunningServer], make_client: MakeClient
):
    server = own_server()
    client = make_client(redis_url=server.url)
    assert client.post("/v1/events", json=event("e1")).json["accepted"] == 1
    server.kill()
    response = client.post("/v1/events", json=[event("e1"), event("e2")])
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    server.start()
    wait_until(
        lambda: client.post("/v1/events", json=[event("e1"), event("e2")]).status_code == 202, "it is taken"
    )
    assert len(visitor(server.client).views) == 1
    assert server.client.xlen(Keys().events) == 2


def test_a_full_store_is_no_reason_to_stop_reading(
    own_server: Callable[..., RunningServer], make_client: MakeClient
):
    server = own_server()
    client = make_client(redis_url=server.url)
    assert client.post("/v1/events", json=event("e1")).status_code == 202
    server.client.config_set("maxmemory", "1")
    assert client.post("/v1/events", json=event("e2")).status_code == 503
    assert client.get("/readyz").json["details"]["store"] == "up"


def test_what_a_robot_does_is_flagged_and_changes_its_own_state(client: FlaskClient, store: redis.Redis):
    robot = {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}
    client.post("/v1/events", json=event(), headers=robot)
    assert store.xrange(Keys().events)[0][1][b"f"] == b"bot"
    assert len(visitor(store).views) == 1


@pytest.mark.parametrize("path", ["/v1/events", "/v1/visitors/identify"])
def test_without_the_store_it_is_to_be_sent_again(make_client: MakeClient, tmp_path, path: str):
    client = make_client(redis_url=f"unix://{tmp_path}/no.sock")
    body = event() if path == "/v1/events" else {"visitor_id": "vera", "customer_id": "anna"}
    response = client.post(path, json=body)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")


def test_the_body_is_in_the_openapi_document(client: FlaskClient):
    document = client.get("/openapi.json").json
    body = document["paths"]["/v1/events"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["oneOf"][0] == {"$ref": "#/components/schemas/Event"}
    assert set(document["components"]["schemas"]["Event"]["required"]) == {
        *("event_id", "type", "visitor_id", "product_id", "occurred_at")
    }
