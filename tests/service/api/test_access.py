from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from redis import Redis

from service.store.api_keys import ROLES, create_key, revoke_key
from service.store.keys import Keys
from tests.service.conftest import ADMIN_KEY, MakeClient

PATH = "/v1/recommendations"
ORIGIN = "https://shop.example"


def status(
    client: FlaskClient, path: str, authorization: str | None, method: str = "GET", **headers: str
) -> int:
    client.environ_base.pop("HTTP_AUTHORIZATION", None)
    if authorization is not None:
        headers["Authorization"] = authorization
    return client.open(path, method=method, headers=headers).status_code


def test_every_route_under_v1_needs_a_key(client: FlaskClient):
    rules = [rule for rule in client.application.url_map.iter_rules() if rule.rule.startswith("/v1/")]
    assert len(rules) > 10
    for rule in rules:
        path = rule.rule
        for argument in rule.arguments:
            path = re.sub(rf"<int:{argument}>", "1", path)
            path = re.sub(rf"<(\w+:)?{argument}>", "x", path)
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}:
            assert status(client, path, None, method) == 401, (method, path)


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer wrong",
        "Bearer",
        "Bearer ",
        f"Basic {ADMIN_KEY}",
        ADMIN_KEY,
        f"Bearer {ADMIN_KEY}x",
        "Bearer ü",
    ],
)
def test_what_is_no_known_key_is_refused(client: FlaskClient, authorization: str):
    client.environ_base["HTTP_AUTHORIZATION"] = authorization
    response = client.get(PATH)
    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert response.get_json()["detail"] == "The key is not known."


@pytest.mark.parametrize(
    "method, path, needed",
    [
        ("GET", PATH, "public"),
        ("POST", "/v1/recommendations/batch", "public"),
        ("POST", "/v1/events", "public"),
        ("POST", "/v1/visitors/identify", "storefront"),
        ("GET", "/v1/admin/preview", "merchandiser"),
        ("GET", "/v1/admin/rules", "merchandiser"),
        ("PUT", "/v1/admin/launches/7", "merchandiser"),
        ("GET", "/v1/admin/experiments", "merchandiser"),
        ("GET", "/v1/admin/kpis", "merchandiser"),
        ("GET", "/v1/admin/versions", "admin"),
        ("POST", "/v1/admin/versions/rollback", "admin"),
        ("POST", "/v1/admin/versions/x/activate", "admin"),
        ("DELETE", "/v1/visitors/x", "admin"),
        ("POST", "/v1/exports", "merchandiser"),
        ("GET", "/v1/exports/x", "merchandiser"),
        ("GET", "/v1/exports/x/file", "merchandiser"),
    ],
)
def test_a_route_lets_its_role_and_the_higher_ones_in(
    store: Redis, store_url: str, make_client: MakeClient, method: str, path: str, needed: str
):
    client = make_client(redis_url=store_url, allowed_origins=(ORIGIN,))
    refused = [
        role
        for role in ROLES
        if status(client, path, f"Bearer {create_key(store, Keys(), role)[1]}", method, Origin=ORIGIN) == 403
    ]
    assert refused == list(ROLES[: ROLES.index(needed)])


def test_a_new_key_works_at_once_and_a_revoked_one_no_longer_after_the_next_poll(
    client: FlaskClient, store: Redis
):
    assert status(client, PATH, "Bearer unknown") == 401
    key, secret = create_key(store, Keys(), "storefront")
    assert status(client, PATH, f"Bearer {secret}") == 200
    revoke_key(store, Keys(), key.id)
    client.application.extensions["recommendations"].follower.poll()
    assert status(client, PATH, f"Bearer {secret}") == 401


@pytest.mark.parametrize(
    "allowed, origin, expected",
    [
        ((ORIGIN,), ORIGIN, 200),
        ((ORIGIN,), "https://evil.example", 403),
        ((ORIGIN,), None, 403),
        ((), ORIGIN, 403),
    ],
)
def test_a_public_key_works_from_the_allowed_origins_alone(
    store: Redis,
    store_url: str,
    make_client: MakeClient,
    allowed: tuple[str, ...],
    origin: str | None,
    expected: int,
):
    client = make_client(redis_url=store_url, allowed_origins=allowed)
    _, key = create_key(store, Keys(), "public")
    headers = {"Origin": origin} if origin else {}
    assert status(client, PATH, f"Bearer {key}", **headers) == expected


def test_public_reads_open_the_recommendations_and_nothing_else(store_url: str, make_client: MakeClient):
    client = make_client(redis_url=store_url, public_reads=True)
    assert status(client, PATH, None) == 200
    assert status(client, PATH, "Bearer wrong") == 401
    assert status(client, "/v1/admin/preview", None) == 401


def test_a_keyless_read_never_sees_a_customers_list(
    client: FlaskClient, store_url: str, make_client: MakeClient
):
    client = make_client(redis_url=store_url, public_reads=True)
    del client.environ_base["HTTP_AUTHORIZATION"]
    answer = client.get(f"{PATH}?visitor_id=anna&placement=discover").get_json()
    assert answer["fallback"] == "unknown_visitor"
    assert {item["reason"]["code"] for item in answer["items"]} == {"popular"}


@pytest.mark.parametrize("origin", [ORIGIN, "http://[::1]:3000"])
def test_a_browser_may_ask_first_from_an_allowed_origin(store_url: str, make_client: MakeClient, origin: str):
    client = make_client(redis_url=store_url, allowed_origins=(origin,))
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    allowed = client.options(PATH, headers={"Origin": origin} | asked)
    assert allowed.status_code == 200
    assert allowed.headers["Access-Control-Allow-Origin"] == origin
    assert allowed.headers["Access-Control-Allow-Headers"] == "authorization"
    for other in ("https://evil.example", f"{origin}.evil.example", f"{origin}0", "http://:3000", "null"):
        stranger = client.options(PATH, headers={"Origin": other} | asked)
        assert "Access-Control-Allow-Origin" not in stranger.headers
