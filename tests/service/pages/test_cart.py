"""What a visitor of the demonstration shop does changes the shelves; nobody else can do it for them."""

from __future__ import annotations

import re

import pytest
import redis
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.store.keys import Keys
from service.store.visitor_state import VisitorState
from tests.published import publish
from tests.service.conftest import MakeClient
from tests.service.pages.conftest import token_in
from tests.service.pages.test_storefront import reasons, shelf, titles


def act(shop: FlaskClient, action: str, product_id: str = "", whom: str = "", **form: str) -> TestResponse:
    """Send a form of the shop's, as a person would who has its page open."""
    page = shop.get(f"/product/{product_id or 'p0'}{whom}" if product_id else f"/demo/cart{whom}")
    data = {"csrf_token": token_in(page), "action": action, "product_id": product_id} | form
    return shop.post(f"/demo/cart{whom}", data=data, follow_redirects=True)


def lines(text: str) -> list[str]:
    return re.findall(r'cart-text">\s*<a [^>]*>([^<]*)<', text)


def state(store: redis.Redis, key: str) -> VisitorState:
    return VisitorState.parse(store.get(key))  # type: ignore[arg-type]


def test_products_looked_at_are_seen_again_and_change_the_first_shelf(shop: FlaskClient):
    assert "recently_viewed" not in shop.get("/").text
    for product_id in ("p1", "p0"):
        assert shop.get(f"/product/{product_id}").status_code == 200
    home = shop.get("/").text
    assert titles(shelf(home, "recently_viewed")) == ["Product 0", "Product 1"]
    assert reasons(shelf(home, "recently_viewed")) == ["You looked at this recently"] * 2
    # The neighbours of p0 are 1, 2, 3, those of p1 are 2, 0, 4.
    assert "Similar to Product 0" in reasons(shelf(home, "for_you"))
    assert "Nothing is known of this visitor" not in home


def test_what_is_in_the_cart_is_listed_there_and_nowhere_else(shop: FlaskClient):
    assert "Product 0" in titles(shelf(shop.get("/").text, "for_you"))
    cart = act(shop, "add", "p0").text
    assert lines(cart) == ["Product 0"]
    assert "Cart (1)" in cart
    assert titles(shelf(cart, "bought_together"))[0] == "Product 7"
    home = shop.get("/").text
    for name in ("for_you", "trending", "new_arrivals"):
        assert "Product 0" not in titles(shelf(home, name))
    assert lines(act(shop, "add", "p3").text) == ["Product 3", "Product 0"]
    assert lines(act(shop, "remove", "p0").text) == ["Product 3"]
    assert "Product 0" in titles(shelf(shop.get("/").text, "for_you"))


def test_what_is_bought_leaves_the_shelves_and_the_cart(shop: FlaskClient, store: redis.Redis):
    act(shop, "add", "p0")
    act(shop, "add", "p8")
    bought = act(shop, "buy").text
    assert "Bought: 2 products." in bought
    assert lines(bought) == []
    home = shop.get("/").text
    assert not {"Product 0", "Product 8"} & {
        *titles(shelf(home, "for_you")),
        *titles(shelf(home, "trending")),
    }
    cookie = shop.get_cookie("demo_visitor")
    assert cookie
    assert {product for product, _ in state(store, Keys().visitor(cookie.value)).bought} == {"p0", "p8"}
    token = token_in(shop.get("/product/p1"))
    again = shop.post("/demo/cart", data={"csrf_token": token, "action": "buy"}, follow_redirects=True)
    assert "Bought" not in again.text
    assert "Nothing in it" in again.text


def test_a_purchase_is_one_order_at_the_catalogues_prices(shop: FlaskClient, store: redis.Redis):
    act(shop, "add", "p0")
    act(shop, "add", "p8")
    act(shop, "buy")
    entries = [fields for _, fields in store.xrange(Keys().events)]
    bodies = [value.decode() for fields in entries for value in fields.values() if b"purchase" in value]
    assert {re.search(r'"order_id":"([^"]+)"', body)[1] for body in bodies} != {None}
    assert len({re.search(r'"order_id":"([^"]+)"', body)[1] for body in bodies}) == 1
    assert sorted(re.search(r'"unit_price":([\d.]+)', body)[1] for body in bodies) == ["1.5", "9.5"]


def test_who_shops_as_a_household_changes_that_households_shelves(shop: FlaskClient, store: redis.Redis):
    anna = "?visitor_id=anna"
    assert titles(shelf(shop.get(f"/{anna}").text, "for_you"))[0] == "Product 0"
    assert lines(act(shop, "add", "p0", anna).text) == ["Product 0"]
    assert "Product 0" not in titles(shelf(shop.get(f"/{anna}").text, "for_you"))
    assert state(store, Keys().customer("anna")).cart == ["p0"]
    assert "Cart (" not in shop.get("/").text
    assert "In the cart" in shop.get(f"/product/p0{anna}").text


def test_two_browsers_are_two_visitors(shop: FlaskClient):
    act(shop, "add", "p0")
    other = shop.application.test_client()
    assert "Cart (" not in other.get("/").text
    cookie = shop.get_cookie("demo_visitor")
    assert cookie
    assert (cookie.http_only, cookie.same_site) == (True, "Lax")
    assert re.fullmatch("[0-9a-f]{32}", cookie.value)


def test_a_form_from_elsewhere_changes_nothing(shop: FlaskClient):
    own = token_in(shop.get("/product/p0"))
    other = shop.application.test_client()
    for data in ({}, {"csrf_token": "made up"}, {"csrf_token": own}):
        other.get("/product/p0")
        refused = other.post("/demo/cart", data={"action": "add", "product_id": "p0", **data})
        assert refused.status_code == 400
        assert "Please try again" in refused.text
    assert lines(other.get("/demo/cart").text) == []


@pytest.mark.parametrize("cookie", ["", "short", "x" * 33, "ü" * 32, "a b" + "c" * 29, "../" + "c" * 29])
def test_a_cookie_that_is_none_of_ours_is_replaced(shop: FlaskClient, cookie: str):
    page = shop.get("/product/p0", headers={"Cookie": f"demo_visitor={cookie}"})
    assert page.status_code == 200
    assert re.search("demo_visitor=[0-9a-f]{32};", page.headers["Set-Cookie"])


@pytest.mark.parametrize("action, product_id", [("add", "nope"), ("steal", "p0"), ("remove", "x" * 999)])
def test_what_cannot_be_put_in_is_404(shop: FlaskClient, action: str, product_id: str):
    token = token_in(shop.get("/product/p0"))
    data = {"csrf_token": token, "action": action, "product_id": product_id}
    response = shop.post("/demo/cart", data=data)
    assert (response.status_code, response.mimetype) == (404, "text/html")


def test_the_store_away_says_so_and_changes_nothing(own_server, make_client: MakeClient):
    server = own_server()
    publish(server.client, demo=True)
    client = make_client(redis_url=server.url)
    token = token_in(client.get("/product/p0"))
    server.kill()
    data = {"csrf_token": token, "action": "add", "product_id": "p0"}
    refused = client.post("/demo/cart", data=data)
    assert refused.status_code == 503
    assert "nothing has changed" in refused.text
    assert client.get("/product/p0").status_code == 200


@pytest.mark.parametrize("bought", ["-1", "٣", "1e3", "99999", "<b>"])
def test_the_address_cannot_make_up_a_message(shop: FlaskClient, bought: str):
    assert "Bought:" not in shop.get("/demo/cart", query_string={"bought": bought}).text
