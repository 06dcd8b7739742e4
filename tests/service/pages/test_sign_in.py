"""Signing in to the console: who may, what the cookie holds, and that a revoked key is out."""

from __future__ import annotations

import hashlib
import re

import pytest
import redis
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient

from service.store.api_keys import ROLES, create_key, revoke_key
from service.store.keys import Keys
from tests.service.conftest import ADMIN_KEY, MakeClient
from tests.service.pages.conftest import sign_in, token_in


def refresh(client: FlaskClient) -> None:
    """What the process does by itself four times a second."""
    client.application.extensions["recommendations"].follower.poll()


def test_the_sign_in_page_is_open_and_the_console_behind_it(shop: FlaskClient):
    response = shop.get("/admin/?visitor_id=anna")
    assert response.status_code == 200
    assert "Sign in" in response.text
    assert "Product" not in response.text
    assert "Sign in" in shop.get("/admin/versions").text


@pytest.mark.parametrize("role", ROLES)
def test_the_role_decides(shop: FlaskClient, store: redis.Redis, keys: Keys, role: str):
    _, secret = create_key(store, keys, role)
    response = sign_in(shop, secret)
    allowed = role in ("merchandiser", "admin")
    assert response.status_code == (302 if allowed else 403)
    assert ("Live version" in shop.get("/admin/").text) is allowed
    assert allowed or f"of the role {role}" in response.text


@pytest.mark.parametrize(
    "key, fault", [("nonsense", "not known"), ("  ", "Enter a key."), ("schlüssel", "not known")]
)
def test_a_wrong_key_is_refused(shop: FlaskClient, key: str, fault: str):
    response = sign_in(shop, key)
    assert response.status_code == 401
    assert fault in response.text


def test_a_post_without_the_pages_token_is_refused(shop: FlaskClient):
    token = token_in(shop.get("/admin/"))
    for data in ({"key": ADMIN_KEY}, {"key": ADMIN_KEY, "csrf_token": "x" + token[1:]}):
        assert shop.post("/admin/sign-in", data=data).status_code == 400
    assert "Live version" not in shop.get("/admin/").text


def test_nobody_can_be_signed_out_from_elsewhere(shop: FlaskClient):
    sign_in(shop)
    assert shop.post("/admin/sign-out").status_code == 400
    assert "Live version" in shop.get("/admin/").text


def test_signing_out_ends_the_session(shop: FlaskClient):
    sign_in(shop)
    shop.post("/admin/sign-out", data={"csrf_token": token_in(shop.get("/admin/"))})
    assert "Live version" not in shop.get("/admin/").text
    assert shop.get("/admin/sign-out").status_code == 405


def test_a_revoked_key_is_out_at_once(shop: FlaskClient, store: redis.Redis, keys: Keys):
    key, secret = create_key(store, keys, "merchandiser")
    sign_in(shop, secret)
    assert "Live version" in shop.get("/admin/").text
    revoke_key(store, keys, key.id)
    refresh(shop)
    assert "no longer valid" in shop.get("/admin/").text
    assert "no longer valid" not in shop.get("/admin/").text


def test_a_session_stays_when_the_store_goes(own_server, make_client: MakeClient):
    server = own_server()
    client = make_client(redis_url=server.url)
    sign_in(client)
    server.kill()
    refresh(client)
    text = client.get("/admin/").text
    assert "Live version" in text
    assert "The store cannot be reached." in text


def test_one_process_takes_the_session_that_another_began(
    shop: FlaskClient, make_client: MakeClient, store_url: str
):
    other = make_client(redis_url=store_url)
    other.get("/healthz")
    sign_in(shop)
    cookie = shop.get_cookie("session", path="/admin/")
    assert cookie is not None
    fresh = make_client(redis_url=store_url)
    for client in (other, fresh):
        client.set_cookie("session", cookie.value, path="/admin/")
        assert "Live version" in client.get("/admin/").text


def test_the_cookie_holds_neither_key_nor_hash(shop: FlaskClient):
    header = sign_in(shop).headers["Set-Cookie"]
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert "Path=/admin/" in header
    cookie = shop.get_cookie("session", path="/admin/")
    assert cookie is not None
    sessions = shop.application.session_interface
    assert isinstance(sessions, SecureCookieSessionInterface)
    serializer = sessions.get_signing_serializer(shop.application)
    assert serializer is not None
    held = str(serializer.loads(cookie.value))
    assert "'key'" in held
    assert ADMIN_KEY not in held
    assert hashlib.sha256(ADMIN_KEY.encode()).hexdigest() not in held


@pytest.mark.parametrize(
    "host, secure",
    [("http://localhost:8000", False), ("http://127.0.0.1", False), ("http://[::1]:8000", False),
     ("https://localhost", True), ("http://shop.example", True), ("https://shop.example", True)],
)  # fmt: skip
def test_the_cookie_goes_over_https_except_on_this_machine(shop: FlaskClient, host: str, secure: bool):
    header = shop.get("/admin/", base_url=host).headers["Set-Cookie"]
    assert ("Secure" in header) is secure


@pytest.mark.parametrize("host", ["evil.example", "a:b:c", "[::1", ""])
def test_a_host_that_is_not_trusted_is_refused(make_client: MakeClient, store_url: str, host: str):
    client = make_client(redis_url=store_url, trusted_hosts=("shop.example",))
    assert client.get("/admin/", headers={"Host": host}).status_code == 400


def test_reloading_a_failed_sign_in_leads_back_to_the_form(shop: FlaskClient):
    assert shop.get("/admin/sign-in").location == "/admin/"


def test_the_open_pages_and_the_api_set_no_cookie(shop: FlaskClient):
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    for url in ("/", "/demo/households", "/v1/recommendations", "/healthz"):
        assert "Set-Cookie" not in shop.get(url, headers=headers).headers


def test_pages_on_which_one_can_shop_set_the_shops_own_cookie_alone(shop: FlaskClient):
    for url in ("/product/p0", "/demo/cart"):
        [cookie] = shop.get(url).headers.getlist("Set-Cookie")
        assert cookie.startswith("demo_visitor=")


def test_the_session_opens_no_api(shop: FlaskClient):
    sign_in(shop)
    assert shop.get("/v1/admin/preview").status_code == 401


def test_after_signing_in_the_link_that_was_followed_is_shown(shop: FlaskClient):
    page = shop.get("/admin/?visitor_id=anna&placement=discover")
    query = re.search(r'name="query" value="([^"]*)"', page.text)
    assert query
    response = sign_in(shop, query=query[1].replace("&amp;", "&"))
    assert response.location == "/admin/?visitor_id=anna&placement=discover"


@pytest.mark.parametrize("query", ["//evil.example", "https://evil.example", "\r\nSet-Cookie: a=b"])
def test_signing_in_leads_nowhere_else(shop: FlaskClient, query: str):
    response = sign_in(shop, query=query)
    assert response.location.partition("?")[0] == "/admin/"
    assert "a=b" not in "".join(response.headers.getlist("Set-Cookie"))
