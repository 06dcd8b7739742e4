"""The demonstration shop: open while a demonstration is live, closed to a real shop's data."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
import redis
from flask.testing import FlaskClient

from tests.published import PRODUCTS, publish, record
from tests.service.conftest import MakeClient

PAGES = ["/product/p0", "/demo/cart", "/demo/households", "/demo/placeholder/p0.svg"]
REAL = "20260202T000000Z-0002"


def shelf(text: str, name: str) -> str:
    """The section of one shelf."""
    found = re.search(rf'<section class="shelf[^"]*" id="{name}".*?</section>', text, re.DOTALL)
    assert found, f"no shelf {name}"
    return found[0]


def titles(section: str) -> list[str]:
    return re.findall(r'class="card-title">([^<]*)<', section)


def reasons(section: str) -> list[str]:
    return [html.unescape(text) for text in re.findall(r'class="card-reason[^"]*">([^<]*)<', section)]


def switch_to_a_real_shop(store: redis.Redis, client: FlaskClient) -> None:
    publish(store, REAL)
    client.application.extensions["recommendations"].follower.poll()


def test_a_household_sees_each_placement_with_reasons_in_plain_words(shop: FlaskClient):
    text = shop.get("/?visitor_id=anna").text
    assert "Household anna" in text
    assert "3 different products bought" in text
    assert titles(shelf(text, "for_you"))[:4] == ["Product 0", "Product 1", "Product 2", "Product 3"]
    assert reasons(shelf(text, "for_you"))[0] == "You buy this often"
    assert reasons(shelf(text, "buy_it_again"))[:2] == ["Probably due again"] * 2
    assert titles(shelf(text, "discover"))[:2] == ["Product 3", "Product 4"]
    assert reasons(shelf(text, "discover"))[0] == "Similar to Product 0"
    assert titles(shelf(text, "trending"))[:2] == ["Product 8", "Product 7"]
    assert reasons(shelf(text, "new_arrivals"))[:2] == ["New in the shop"] * 2
    assert "€1.50" in shelf(text, "for_you")


def test_cards_lead_to_the_product_page_and_keep_the_household(shop: FlaskClient):
    text = shop.get("/?visitor_id=anna").text
    assert 'href="/product/p0?visitor_id=anna"' in shelf(text, "for_you")
    page = shop.get("/product/p0?visitor_id=anna").text
    assert "<h1>Product 0</h1>" in page
    assert titles(shelf(page, "similar_items"))[:3] == ["Product 1", "Product 2", "Product 3"]
    assert reasons(shelf(page, "bought_together"))[0] == "Goes with Product 0"
    assert 'href="/product/p7?visitor_id=anna"' in shelf(page, "bought_together")
    assert 'href="/?visitor_id=anna"' in page


def test_an_anonymous_visitor_gets_what_is_popular_and_households_to_choose_from(shop: FlaskClient):
    text = shop.get("/").text
    assert "Nothing is known of this visitor yet" in shelf(text, "for_you")
    assert titles(shelf(text, "for_you"))[0] == "Product 0"
    for name in ("discover", "buy_it_again"):
        assert "you" in shelf(text, name)
        assert "Choose a household" in shelf(text, name)
    assert "None" not in text
    assert 'href="/?visitor_id=ben"' in text


def test_the_beginning_of_an_id_finds_households(shop: FlaskClient):
    assert 'href="/?visitor_id=anna"' in shop.get("/?visitor_id=an").text
    assert re.findall(r'href="/\?visitor_id=(\w+)"', shop.get("/demo/households?q=b").text) == ["ben"]
    assert "No household begins with" in shop.get("/demo/households?q=zzz").text


def test_all_households_are_listed_with_what_they_bought(shop: FlaskClient):
    text = shop.get("/demo/households").text
    assert re.findall(r"<strong>([^<]+)</strong>\s*<span>(\d+ products?)</span>", text) == [
        ("ben", "3 products"),
        ("anna", "3 products"),
        ("cleo", "1 product"),
        ("düsseldorf/7", "1 product"),
    ]


def test_an_impossible_id_is_named_and_the_shop_still_shown(shop: FlaskClient):
    response = shop.get("/", query_string={"visitor_id": "x" * 257})
    assert response.status_code == 422
    assert "Must have 1 to 256 characters." in response.text
    assert titles(shelf(response.text, "for_you"))


@pytest.mark.parametrize("url", ["/product/nope", "/demo/placeholder/nope.svg", "/demo/nope"])
def test_what_is_not_there_is_404(shop: FlaskClient, url: str):
    assert shop.get(url).status_code == 404


@pytest.mark.parametrize("url", PAGES)
def test_a_real_shop_is_closed(shop: FlaskClient, store: redis.Redis, url: str):
    assert shop.get(url).status_code == 200
    switch_to_a_real_shop(store, shop)
    response = shop.get(url)
    assert response.status_code == 404
    assert "Product" not in response.text


def test_a_real_shops_front_page_says_only_what_is_live(shop: FlaskClient, store: redis.Redis):
    switch_to_a_real_shop(store, shop)
    text = shop.get("/?visitor_id=anna").text
    assert REAL in text
    assert [word for word in ("anna", "Product", "shelf-row") if word in text] == []
    assert [link for link in ('"/admin/"', '"/docs"', '"/readyz"') if f"href={link}" not in text] == []


@pytest.mark.parametrize("url", PAGES)
def test_an_empty_store_shows_no_shop(visitor: FlaskClient, url: str):
    assert visitor.get(url).status_code == 404


def test_the_first_page_of_an_empty_store_says_what_to_do(visitor: FlaskClient):
    text = visitor.get("/").text
    assert "make run" in text
    assert "python -m training run" in text


def test_without_a_store_the_first_page_does_not_claim_that_nothing_is_published(
    make_client: MakeClient, tmp_path: Path
):
    text = make_client(redis_url=f"unix://{tmp_path}/none.sock").get("/").text
    assert "waits for its store" in text
    assert "Nothing published" not in text


HOSTILE = "<script>alert(1)</script>\"'&"


def test_hostile_titles_and_ids_are_only_text(visitor: FlaskClient, store: redis.Redis):
    records = [
        record(index) | dict.fromkeys(("title", "brand", "category"), HOSTILE) | {"image_url": "javascript:x"}
        for index in range(len(PRODUCTS))
    ]
    product_id = f"../{HOSTILE}//?#%41"
    publish(store, records=records, product_ids=[product_id, *PRODUCTS[1:]], demo=True)
    home = visitor.get("/", query_string={"visitor_id": HOSTILE}).text
    assert "alert(1)" in home
    known = visitor.get("/?visitor_id=anna").text
    link = re.search(r'href="(/product/[^"]+)"', shelf(known, "for_you"))
    assert link
    page = visitor.get(html.unescape(link[1]))
    assert page.status_code == 200
    assert html.escape(HOSTILE, quote=False) in page.text.replace("&#34;", '"').replace("&#39;", "'")
    for text in (home, known, page.text):
        assert "<script>alert" not in text
        assert "javascript:" not in text


def test_the_store_going_away_is_told_and_the_shop_stays(own_server, make_client: MakeClient):
    server = own_server()
    publish(server.client, demo=True)
    client = make_client(redis_url=server.url)
    assert "The store cannot be reached" not in client.get("/?visitor_id=anna").text
    server.kill()
    text = client.get("/?visitor_id=anna").text
    assert titles(shelf(text, "for_you"))
    assert "The store cannot be reached." in text


@pytest.mark.parametrize("url", ["/", "/?visitor_id=anna", *PAGES, "/product/nope", "/admin/"])
def test_every_page_has_a_strict_content_security_policy(shop: FlaskClient, url: str):
    response = shop.get(url)
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; img-src 'self' data: https:")
    assert "unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", response.text)


def test_browsers_find_an_icon(visitor: FlaskClient):
    assert visitor.get("/favicon.ico", follow_redirects=True).mimetype == "image/svg+xml"


def test_static_files_are_kept_long_under_an_address_of_their_content(visitor: FlaskClient):
    found = re.search(r'href="(/static/base\.css\?v=\w+)"', visitor.get("/").text)
    assert found
    response = visitor.get(found[1])
    assert response.mimetype == "text/css"
    assert response.cache_control.max_age == 365 * 86_400
