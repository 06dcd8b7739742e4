"""Answers once the live version has another catalogue: over a real store, with the tiny shop live."""

from __future__ import annotations

from typing import Any

import pytest
import redis
from flask.testing import FlaskClient

from tests.published import GLOBALS, items, pack, publish, put_catalog, record

PATH = "/v1/recommendations"


def ask(client: FlaskClient, path: str = PATH, **query: object) -> dict[str, Any]:
    response = client.get(path, query_string=query)
    assert response.status_code == 200, response.text
    return response.get_json()


def shown(client: FlaskClient, **query: object) -> tuple[list[str], str | None]:
    answer = ask(client, PATH, **query)
    return [item["product_id"] for item in answer["items"]], answer["fallback"]


@pytest.fixture
def take(client: FlaskClient, store: redis.Redis):
    """Gives the live version a catalogue, and waits until the application has it."""

    def take(catalog: str, **later: Any) -> None:
        put_catalog(store, catalog, **later)
        client.application.extensions["recommendations"].follower.poll()

    # The application takes up the first catalogue before the tests bring another.
    ask(client)
    return take


def test_records_and_categories_are_the_new_ones(client, take):
    tea, rest = record(0), [record(index) for index in range(1, 12)]
    take("c1", records=[tea | {"title": "Grüntee", "price": 9.5, "category": "Sale"}, *rest])
    (item,) = ask(client, visitor_id="anna", limit=1, include="product")["items"]
    assert (item["product"]["title"], item["product"]["price"]) == ("Grüntee", 9.5)
    assert shown(client, visitor_id="anna", category="Sale") == (["p0"], None)
    assert shown(client, visitor_id="anna", category="Drinks > Tea", limit=2) == (["p1", "p2"], None)


def test_what_cannot_be_ordered_is_in_no_answer_and_back_with_the_next_catalogue(client, take):
    assert shown(client, visitor_id="anna", limit=3) == (["p0", "p1", "p2"], None)
    popular = {"popular": pack(items([2, 3, 5, 6], "popular"))}
    take("c1", withdrawn=[1, 4, 7, 8], global_lists=popular)
    assert shown(client, visitor_id="anna", limit=3) == (["p0", "p2", "p3"], None)
    assert shown(client, visitor_id="anna", limit=4) == (["p0", "p2", "p3", "p5"], "filled")
    assert shown(client, visitor_id="cleo", limit=1) == (["p2"], "filled")
    assert shown(client, placement="similar_items", product_id="p0", limit=3) == (
        ["p2", "p3", "p5"],
        "filled",
    )
    assert shown(client, placement="bought_together", product_id="p0", limit=2)[0] == ["p2", "p3"]
    for placement in ("trending", "buy_it_again", "recently_viewed", "discover"):
        assert not {"p1", "p4", "p7", "p8"} & set(shown(client, placement=placement, visitor_id="anna")[0])
    take("c2")
    assert shown(client, visitor_id="anna", limit=3) == (["p0", "p1", "p2"], None)


def test_the_list_is_followed_to_its_end_before_fallbacks_are_used(client, take):
    take("c1", withdrawn=range(9), global_lists={"popular": pack(GLOBALS["new_arrivals"])})
    assert shown(client, visitor_id="ben", limit=3) == (["p9", "p10", "p11"], None)


def test_the_preview_tells_what_cannot_be_ordered(client, take):
    take("c1", withdrawn=[1])
    preview = ask(client, "/v1/admin/preview", visitor_id="anna", limit=2)
    assert [item["product_id"] for item in preview["items"]] == ["p0", "p2"]
    assert preview["trace"]["dropped"] == [{"product_id": "p1", "source": "for_you", "why": "unavailable"}]


def test_an_answer_that_changed_has_another_etag(client, take):
    before = client.get(f"{PATH}?visitor_id=anna&limit=1&include=product").headers["ETag"]
    take("c1", records=[record(index) | {"price": 0.5} for index in range(12)])
    after = client.get(f"{PATH}?visitor_id=anna&limit=1&include=product").headers["ETag"]
    assert before != after


def test_while_the_store_is_down_the_processes_own_copy_counts(own_server, make_client):
    server = own_server()
    publish(server.client)
    put_catalog(server.client, withdrawn=[0, 2])
    client = make_client(redis_url=server.url)
    assert shown(client, visitor_id="anna", limit=2) == (["p1", "p3"], None)
    server.kill()
    assert shown(client, visitor_id="anna", limit=3) == (["p1", "p3", "p4"], "store_down")
