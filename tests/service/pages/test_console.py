"""The console: the preview is the API's own answer, its trace is told in words, versions are read-only."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
import redis
from flask.testing import FlaskClient

from service.store.api_keys import create_key
from service.store.keys import Keys
from tests.published import PRODUCTS, publish, put_catalog, record
from tests.service.conftest import ADMIN_KEY
from tests.service.pages.conftest import sign_in

METRICS = {
    "blend": {"all": {"ndcg@10": 0.3, "recall@10": 0.11}},
    "most_bought": {"all": {"ndcg@10": 0.25, "recall@10": 0.1}},
}


@pytest.fixture
def console(store: redis.Redis, visitor: FlaskClient) -> FlaskClient:
    """A signed-in admin, with the tiny shop live as a real one."""
    publish(store, metrics=METRICS, counts={"orders": 1234})
    sign_in(visitor)
    return visitor


def plain(text: str) -> str:
    """The text of a page, without tags and runs of blanks."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def ranked_ids(text: str) -> list[str]:
    return re.findall(r'class="id">([^<]+)<', text.partition('<ol class="answer"')[2].partition("</ol>")[0])


def row_of(text: str, product_id: str) -> str:
    """The first row of the trace that is about this product."""
    rows = re.findall(r'<tr class="is-.*?</tr>', text, re.DOTALL)
    return plain(next(row for row in rows if f'"id">{product_id}<' in row))


def test_before_the_first_question_the_page_says_what_to_do(console: FlaskClient):
    assert "Enter a visitor and choose a placement" in console.get("/admin/").text


@pytest.mark.parametrize(
    "query",
    [
        {"visitor_id": "anna", "placement": "for_you", "limit": "6"},
        {"visitor_id": "ben", "placement": "discover", "limit": "3", "category": "Bakery"},
        {"placement": "similar_items", "product_id": ["p0", "p1"], "exclude": "p2"},
        {"visitor_id": "düsseldorf/7"},
    ],
)
def test_the_answer_is_that_of_the_api(console: FlaskClient, query: dict):
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    answer = console.get("/v1/recommendations", query_string=query, headers=headers).get_json()
    text = console.get("/admin/", query_string=query).text
    assert ranked_ids(text) == [item["product_id"] for item in answer["items"]]
    assert answer["fallback"] is None or f"<code>{answer['fallback']}</code>" in text


def test_the_trace_tells_sources_scores_and_drops(console: FlaskClient):
    query = {"visitor_id": "anna", "placement": "for_you", "limit": "4", "exclude": "p1"}
    text = console.get("/admin/", query_string=query).text
    page = plain(text)
    assert "For you the placement's own 4 candidates · 3 shown · 1 dropped" in page
    assert "Popular fills up 9 candidates · 1 shown" in page
    first = row_of(text, "p0")
    assert "shown as 1" in first
    assert "0.900" in first
    assert "0.100" in first
    assert "dropped excluded by the query" in row_of(text, "p1")
    assert "not kept" in row_of(text, "p2")
    assert "filled The placement's own list was too short" in page
    assert "20260101T000000Z-0001" in page


def test_scores_that_were_never_kept_are_named_so(console: FlaskClient):
    text = console.get("/admin/?visitor_id=ben").text
    assert "not kept" in row_of(text, "p0")


def test_several_products_stand_one_to_a_line(console: FlaskClient):
    text = console.get(
        "/admin/", query_string={"placement": "similar_items", "product_id": "p0\r\n\r\np1\n"}
    ).text
    assert not {"p0", "p1"} & set(ranked_ids(text))
    assert re.search(r'name="product_id"[^>]*>p0\np1</textarea>', text)


@pytest.mark.parametrize("product", [" p0", "p0 ", " ", "p0\u2028p1"])
def test_ids_are_compared_exactly(store: redis.Redis, console: FlaskClient, product: str):
    publish(store, "20260303T000000Z-0003", product_ids=[product, *PRODUCTS[1:]])
    console.application.extensions["recommendations"].follower.poll()
    query = {"placement": "similar_items", "product_id": f"{product}\r\np2", "exclude": product}
    text = console.get("/admin/", query_string=query).text
    assert "<code>unknown_product</code>" not in text
    assert product not in ranked_ids(text)
    assert re.search(rf'name="exclude"[^>]*>{product}</textarea>', text)
    assert product in ranked_ids(console.get("/admin/?visitor_id=anna").text)


def test_a_visitor_with_a_blank_is_another_one(console: FlaskClient):
    assert "is no known customer" in plain(console.get("/admin/?visitor_id=anna+").text)
    assert "For customer anna" in plain(console.get("/admin/?visitor_id=anna").text)


@pytest.mark.parametrize("name", ["visitor_id", "product_id", "exclude", "category"])
@pytest.mark.parametrize("raw", ["%FF", "a%C3", "%ED%A0%80"])
def test_what_is_no_utf8_is_refused_as_in_the_api(console: FlaskClient, name: str, raw: str):
    response = console.get(f"/admin/?{name}={raw}")
    assert response.status_code == 422
    assert f'id="{name}-fault">Must be valid UTF-8.' in response.text
    assert "\ufffd" in response.text


def test_a_single_value_given_twice_is_refused_as_in_the_api(console: FlaskClient):
    response = console.get("/admin/?visitor_id=anna&visitor_id=ben")
    assert response.status_code == 422
    assert 'id="visitor_id-fault">Must be given only once.' in response.text


@pytest.mark.parametrize(
    "query, fault",
    [
        ({"placement": "nope"}, "No such placement"),
        ({"limit": "101"}, "Must be a whole number from 1 to 100."),
        ({"limit": "1_0"}, "Must be a whole number from 1 to 100."),
        ({"visitor_id": "x" * 257}, "Must have 1 to 256 characters."),
        ({"visitor_id": "a\x00b"}, "Must not hold control characters."),
        ({"product_id": "x" * 257}, "Must have 1 to 256 characters."),
        ({"exclude": "a\x1bb"}, "Must not hold control characters."),
    ],
)
def test_a_bad_field_is_named_beside_it(console: FlaskClient, query: dict, fault: str):
    response = console.get("/admin/", query_string=query)
    assert response.status_code == 422
    (name,) = query
    assert re.search(rf'id="{name}-fault">{fault}', response.text)
    assert re.search(rf'name="{name}"[^>]*aria-invalid="true" aria-describedby="{name}-fault"', response.text)


def test_nothing_left_is_said_in_words(console: FlaskClient):
    text = console.get("/admin/", query_string={"visitor_id": "anna", "category": "Nowhere"}).text
    assert "No product is left" in text


def test_hostile_titles_and_ids_are_only_text(console: FlaskClient, store: redis.Redis):
    hostile = "<img src=x onerror=alert(1)>\"'"
    records = [
        record(i) | {"title": hostile, "brand": hostile, "category": hostile} for i in range(len(PRODUCTS))
    ]
    publish(store, "20260303T000000Z-0003", records=records, product_ids=[hostile, *PRODUCTS[1:]])
    console.application.extensions["recommendations"].follower.poll()
    query = {"visitor_id": "anna", "exclude": hostile, "product_id": "</textarea><script>"}
    for text in (console.get("/admin/", query_string=query).text, console.get("/admin/versions").text):
        assert "<img src=x" not in text
        assert "</textarea><script>" not in text
    assert "&lt;/textarea&gt;&lt;script&gt;" in console.get("/admin/", query_string=query).text


def test_the_live_version_is_told_with_its_gain(console: FlaskClient):
    page = plain(console.get("/admin/").text)
    assert "Published 1 January 2026, 00:00 UTC" in page
    assert "ndcg@10 0.3000 0.2500 +20.0 %" in page
    assert "recall@10 0.1100 0.1000 +10.0 %" in page


@pytest.mark.parametrize("url", ["/admin/", "/admin/versions"])
def test_the_figures_are_those_of_the_published_model(store: redis.Redis, visitor: FlaskClient, url: str):
    publish(store, metrics=METRICS, model="most_bought")
    sign_in(visitor)
    page = plain(visitor.get(url).text)
    assert "Metric Most bought ndcg@10 0.2500 recall@10 0.1000" in page
    assert "0.3000" not in page
    assert "Gain" not in page


def test_a_later_catalogue_is_told_with_what_it_takes_off_the_lists(console: FlaskClient, store: redis.Redis):
    put_catalog(store, withdrawn=[1])
    console.application.extensions["recommendations"].follower.poll()
    text = console.get("/admin/", query_string={"visitor_id": "anna"}).text
    assert "cannot be ordered at the moment" in row_of(text, "p1")
    assert "Catalogue 2 January 2026, 00:00 UTC" in plain(console.get("/admin/versions").text)


@pytest.mark.parametrize("facts, mark", [({"demo": True}, "demonstration"), ({"forced": True}, "forced")])
def test_a_demonstration_and_a_forced_version_are_marked(
    store: redis.Redis, visitor: FlaskClient, facts: dict[str, Any], mark: str
):
    publish(store, **facts)
    sign_in(visitor)
    for url in ("/admin/", "/admin/versions"):
        assert re.search(rf'class="mark[^"]*">{mark}<', visitor.get(url).text)


def test_a_version_without_figures_says_why(store: redis.Redis, visitor: FlaskClient):
    publish(store)
    sign_in(visitor)
    assert "too little history" in visitor.get("/admin/").text


def test_all_versions_are_for_admins_as_in_the_api(console: FlaskClient, store: redis.Redis, keys: Keys):
    publish(store, "20260202T000000Z-0002", metrics=METRICS)
    text = console.get("/admin/versions").text
    assert "20260101T000000Z-0001" in text
    assert "20260202T000000Z-0002" in text
    console.application.extensions["recommendations"].follower.poll()
    _, secret = create_key(store, keys, "merchandiser")
    merchandiser = console.application.test_client()
    sign_in(merchandiser, secret)
    text = merchandiser.get("/admin/versions").text
    assert "needs a key of the role admin" in text
    assert "20260202T000000Z-0002" in text, "the live one"
    assert "20260101T000000Z-0001" not in text


def test_an_empty_store_shows_a_console_that_says_what_to_do(visitor: FlaskClient):
    sign_in(visitor)
    assert "Nothing is published yet" in visitor.get("/admin/").text
    assert "Nothing is published yet" in visitor.get("/admin/versions").text
    assert "No product is left" in visitor.get("/admin/?visitor_id=anna").text


def test_what_the_console_shows_is_not_kept_by_browsers(console: FlaskClient):
    for url in ("/admin/", "/admin/?visitor_id=anna", "/admin/versions"):
        assert console.get(url).headers["Cache-Control"] == "no-store"
