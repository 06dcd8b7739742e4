"""What is answered before Flask takes it up is the same that Flask answers; and only the plain case is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from werkzeug.test import Client

from service.store.api_keys import create_key
from service.store.keys import Keys
from tests.published import publish
from tests.service.conftest import MakeClient

PATH = "/v1/recommendations"
ORIGIN = "https://shop.example"


class Counting:
    """Flask, and how often it was asked."""

    def __init__(self, flask: Callable[..., Iterable[bytes]]) -> None:
        self.flask = flask
        self.asked = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.asked += 1
        return self.flask(environ, start_response)


@pytest.fixture
def application(store: redis.Redis, store_url: str, make_client: MakeClient) -> Flask:
    """The tiny shop's application; a browser may ask from one origin, and strangers may ask."""
    publish(store)
    made = make_client(redis_url=store_url, public_reads=True, allowed_origins=(ORIGIN,))
    return made.application


@pytest.fixture
def keys(store: redis.Redis) -> dict[str, str]:
    """A key of each role, by role."""
    roles = ("public", "storefront", "admin")
    return {role: create_key(store, Keys(), role)[1] for role in roles}


@pytest.fixture
def flask(application: Flask) -> Counting:
    """What stands behind the direct way."""
    direct: Any = application.wsgi_app
    direct._flask = Counting(direct._flask)
    return direct._flask


def sent(client: Client, query: str, key: str | None, method: str = "GET", **headers: str) -> tuple[Any, ...]:
    """Status, headers and members of an answer; but for what is its own each time."""
    authorization = {} if key is None else {"Authorization": f"Bearer {key}"}
    response = client.open(f"{PATH}?{query}", method=method, headers=authorization | headers)
    members = response.get_json() if response.data else None
    own = members and members.pop("recommendation_id", None)
    return response.status, sorted(response.headers), members, own is not None


PARAMETERS = st.lists(
    st.one_of(
        st.tuples(
            st.just("visitor_id"), st.sampled_from(["anna", "ben", "nobody", "düsseldorf/7", "", "\x00"])
        ),
        st.tuples(
            st.just("placement"), st.sampled_from(["for_you", "discover", "similar_items", "none", ""])
        ),
        st.tuples(st.just("limit"), st.sampled_from(["1", "3", "12", "100", "101", "0", "x"])),
        st.tuples(st.sampled_from(["product_id", "exclude"]), st.sampled_from(["p0", "p1", "p7", "unknown"])),
        st.tuples(st.just("category"), st.sampled_from(["Drinks", "Drinks > Coffee", "Nothing"])),
        st.tuples(st.just("include"), st.sampled_from(["product", "else"])),
        st.tuples(st.just("cursor"), st.sampled_from(["", "00000000", "nonsense"])),
        st.tuples(st.just("stranger"), st.just("1")),
    ),
    max_size=5,
)


@given(
    PARAMETERS,
    st.sampled_from(["public", "storefront", "admin", "unknown", None]),
    st.sampled_from([{}, {"Origin": ORIGIN}, {"Origin": "https://evil.example"}, {"If-None-Match": "*"}]),
    st.sampled_from(["GET", "GET", "HEAD", "POST", "OPTIONS"]),
)
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # the application keeps nothing but caches
def test_the_direct_answer_is_flasks(
    application: Flask, keys: dict[str, str], parameters: Any, role: str | None, headers: Any, method: str
):
    direct: Any = application.wsgi_app
    query, key = urlencode(parameters), None if role is None else keys.get(role, "unknown")
    by_flask = sent(Client(direct._flask), query, key, method, **headers)
    # Twice: Flask has to have let the host pass, and what is kept must not differ.
    assert [sent(Client(direct), query, key, method, **headers) for _ in range(2)] == [by_flask] * 2


def test_the_plain_question_does_not_reach_flask(application: Flask, flask: Counting, keys: dict[str, str]):
    client = Client(application.wsgi_app)
    answered = {"endpoint": PATH, "status": "200"}
    before = REGISTRY.get_sample_value("recs_http_request_seconds_count", answered) or 0
    lists = {"placement": "for_you", "fallback": ""}
    lists_before = REGISTRY.get_sample_value("recs_answers_total", lists) or 0
    for _ in range(3):
        assert sent(client, "visitor_id=anna&limit=3", keys["storefront"])[0] == "200 OK"
    assert flask.asked == 1  # the first of its host
    assert sent(client, "visitor_id=anna&limit=3", None)[0] == "200 OK"
    assert flask.asked == 1
    assert REGISTRY.get_sample_value("recs_http_request_seconds_count", answered) == before + 4
    assert REGISTRY.get_sample_value("recs_answers_total", lists) == lists_before + 3  # and one of a stranger


def test_a_key_decides_whose_purchases_are_seen(application: Flask, flask: Counting, keys: dict[str, str]):
    client = Client(application.wsgi_app)
    for _ in range(2):
        assert sent(client, "visitor_id=anna&limit=3", keys["storefront"])[2]["fallback"] is None
        assert sent(client, "visitor_id=anna&limit=3", None)[2]["fallback"] == "unknown_visitor"
    assert flask.asked == 1


@pytest.mark.parametrize(
    "query, key, headers, status",
    [
        ("limit=x", "storefront", {}, "422"),
        ("limit=3", "unknown", {}, "401"),
        ("limit=3", "public", {}, "403"),
        ("limit=3", "public", {"Origin": ORIGIN}, "200"),
    ],
)
def test_what_is_wrong_or_a_browsers_is_flasks(
    application: Flask, flask: Counting, keys: dict[str, str], query: str, key: str, headers: Any, status: str
):
    client = Client(application.wsgi_app)
    for asked in (1, 2, 3):
        assert sent(client, query, keys.get(key, "unknown"), **headers)[0].startswith(status)
        assert flask.asked == asked


def test_a_fault_of_ours_is_a_problem(client: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    assert client.get(PATH).status_code == 200

    def broken(_: object) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(client.application.extensions["recommendations"], "prepared", broken)
    response = client.get(PATH)
    assert (response.status_code, response.content_type) == (500, "application/problem+json")
    assert "secret" not in response.text
