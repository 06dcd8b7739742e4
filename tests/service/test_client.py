"""The Python client against the real service, and against servers that fail."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import redis
from flask import Flask
from werkzeug.serving import make_server

from service.client import Event, Query, RecommendationClient, RecommendationError
from service.store.keys import Keys
from service.store.visitor_state import VisitorState
from tests.needs import REPOSITORY
from tests.published import publish
from tests.servers import free_port
from tests.service.conftest import ADMIN_KEY, MakeClient


@pytest.fixture
def client(
    store: redis.Redis, store_url: str, make_client: MakeClient, tmp_path: Path
) -> Iterator[RecommendationClient]:
    """A client of the service with the tiny shop live."""
    publish(store)
    app = make_client(redis_url=store_url, data_dir=tmp_path).application
    with serving(app) as url, RecommendationClient(url, ADMIN_KEY, timeout=10) as made:
        yield made


class serving:
    """An application on a port, while in `with`; gives its address."""

    def __init__(self, app: Flask) -> None:
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._server.port}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def state_of(store: redis.Redis, visitor_id: str) -> VisitorState:
    return VisitorState.parse(store.get(Keys().visitor(visitor_id)))  # type: ignore[arg-type]


def test_a_list_is_typed(client: RecommendationClient):
    answer = client.recommendations(Query(visitor_id="anna", limit=2, include_product=True))
    assert answer.product_ids == ("p0", "p1")
    assert (answer.placement, answer.visitor_id, answer.fallback) == ("for_you", "anna", None)
    assert len(answer.recommendation_id) == 32
    first = answer.items[0]
    assert (first.rank, first.score, first.reason.code) == (1, 1.0, "bought_often")
    assert first.product
    assert (first.product.title, first.product.price, first.product.in_stock) == ("Product 0", 1.5, True)


def test_a_query_says_what_it_wants(client: RecommendationClient):
    similar = client.recommendations(
        Query(placement="similar_items", product_ids=["p0"], exclude=["p1"], limit=2)
    )
    assert similar.product_ids == ("p2", "p3")
    assert similar.items[0].reason.product_id == "p0"
    assert similar.items[0].product is None
    tea = client.recommendations(Query(visitor_id="ben", category="Drinks > Tea"))
    assert set(tea.product_ids) == {"p0", "p1", "p2"}


def test_a_page_in_one_call_shows_nothing_twice(client: RecommendationClient):
    queries = [
        Query(visitor_id="anna", limit=2, include_product=True),
        Query(placement="trending", limit=12),
    ]
    first, second = client.batch(queries, page_id="home")
    assert first.product_ids == ("p0", "p1")
    assert second.placement == "trending"
    assert set(first.product_ids) & set(second.product_ids) == set()
    assert client.batch([]) == []


def test_events_count_once_and_what_is_wrong_is_named(client: RecommendationClient, store: redis.Redis):
    put = Event(type="add_to_cart", visitor_id="v1", product_id="p3", quantity=2)
    bad = Event(type="purchase", visitor_id="v1", product_id="p4", quantity=-1)
    taken = client.record([put, bad, put])
    assert (taken.accepted, taken.duplicates) == (1, 1)
    [(place, name, _)] = taken.rejected
    assert (place, name) == (1, "quantity")
    assert client.record([put]).duplicates == 1
    assert state_of(store, "v1").cart == ["p3"]
    assert client.record([]).accepted == 0


def test_any_number_of_events_goes_in_calls_of_five_hundred(client: RecommendationClient):
    events = [Event(type="view", visitor_id=f"v{n % 7}", product_id="p1") for n in range(1_001)]
    events[700] = Event(type="view", visitor_id="v1", product_id="")
    taken = client.record(events)
    assert (taken.accepted, taken.rejected[0][:2]) == (1_000, (700, "product_id"))


def test_an_event_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        Event(type="view", visitor_id="v", product_id="p", occurred_at=datetime(2026, 1, 1))
    at = datetime(2026, 1, 1, tzinfo=UTC)
    body = Event(type="view", visitor_id="v", product_id="p", occurred_at=at, event_id="e").body()
    assert body == {
        "type": "view",
        "visitor_id": "v",
        "product_id": "p",
        "occurred_at": "2026-01-01T00:00:00+00:00",
        "event_id": "e",
    }


def test_who_is_identified_gets_the_customers_list(client: RecommendationClient, store: redis.Redis):
    client.identify("v1", "anna")
    assert state_of(store, "v1").customer == "anna"


def test_an_erasure_gives_a_receipt(client: RecommendationClient, store: redis.Redis):
    client.record([Event(type="view", visitor_id="a/ü ?#", product_id="p1")])
    receipt = client.erase("a/ü ?#")
    assert (receipt.visitor, receipt.customer) == ("a/ü ?#", None)
    assert receipt.receipt_id
    assert receipt.erased["events"] == 1
    assert state_of(store, "a/ü ?#").views == []


def test_a_refusal_is_an_error_that_says_why(client: RecommendationClient):
    with pytest.raises(RecommendationError, match=r"limit: Must be a whole number") as refused:
        client.recommendations(Query(limit=1_000))
    assert refused.value.status == 422
    assert refused.value.errors[0][0] == "limit"
    for path in (".", ".."):
        with pytest.raises(RecommendationError) as refused:
            client.erase(path)
        assert refused.value.status in (404, 405)


def test_a_wrong_key_is_an_error(client: RecommendationClient):
    with RecommendationClient(client._url, "wrong") as other, pytest.raises(RecommendationError) as refused:
        other.recommendations(Query())
    assert (refused.value.status, str(refused.value)) == (401, "The key is not known.")


class Failing(ThreadingHTTPServer):
    """Answers as told, one (status, content type, body) after the other; None: hangs up."""

    def __init__(self, *answers: tuple[int, str, str] | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Failing

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = self.server.answers.pop(0)
        if answer is None:
            self.close_connection = True
            return
        status, kind, body = answer
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    do_POST = do_DELETE = do_GET

    def log_message(self, *_: Any) -> None:
        """Not on the tests' output."""


@pytest.fixture
def failing() -> Iterator[Callable[..., Failing]]:
    """Starts servers that fail, and ends them."""
    started: list[Failing] = []

    def start(*answers: tuple[int, str, str] | None) -> Failing:
        server = Failing(*answers)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


JSON = "application/json"
AWAY = (503, "application/problem+json", json.dumps({"detail": "The store cannot be reached."}))
TAKEN = (202, JSON, json.dumps({"accepted": 1, "duplicates": 0, "rejected": [], "more": "later"}))
VIEW = Event(type="view", visitor_id="v", product_id="p")


@pytest.mark.parametrize("first", [AWAY, (502, "text/html", "<h1>Bad gateway"), None])
def test_a_call_that_fails_is_made_once_more(failing, first):
    server = failing(first, TAKEN)
    assert RecommendationClient(server.url, "k").record([VIEW]).accepted == 1
    assert server.asked == ["POST /v1/events"] * 2


def test_a_service_that_stays_away_is_an_error_after_two_tries(failing):
    server = failing(AWAY, AWAY)
    with pytest.raises(RecommendationError, match=r"The store cannot be reached\.") as refused:
        RecommendationClient(server.url, "k").record([VIEW])
    assert refused.value.status == 503
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "answer, status",
    [
        ((200, "text/html", "<h1>Sign in"), 200),
        ((200, JSON, "[]"), 200),
        ((302, "text/html", ""), 302),
        ((413, "text/html", "<h1>Too large"), 413),
        ((400, JSON, '"what"'), 400),
    ],
)
def test_what_is_no_answer_of_the_service_is_an_error(failing, answer, status):
    server = failing(answer)
    with pytest.raises(RecommendationError) as refused:
        RecommendationClient(server.url, "k").record([VIEW])
    assert refused.value.status == status
    assert len(server.asked) == 1


def test_nobody_there_is_an_error():
    client = RecommendationClient(f"http://127.0.0.1:{free_port()}", "k", timeout=0.5)
    with pytest.raises(RecommendationError, match="No answer from") as refused:
        client.recommendations(Query())
    assert refused.value.status is None


def test_it_loads_without_the_services_own_packages():
    listing = subprocess.run(
        [sys.executable, "-c", "import sys, service.client; print(*sys.modules)"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    tops = {name.partition(".")[0] for name in listing.stdout.split()}
    assert "requests" in tops
    assert not tops & {"flask", "redis", "numpy", "marshmallow", "orjson"}
