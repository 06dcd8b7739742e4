from __future__ import annotations

from datetime import UTC, datetime

from flask.testing import FlaskClient
from redis import Redis

from service.store.events import Event, EventLog
from service.store.keys import Keys
from service.store.schedule_status import write_last_run, write_next_run
from tests.service.conftest import MakeClient


def figures(client: FlaskClient) -> dict[str, float]:
    response = client.get("/metrics")
    assert response.content_type == "text/plain; version=0.0.4; charset=utf-8"
    lines = response.get_data(as_text=True).splitlines()
    return {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line[:1] not in ("#", "")
    }


def test_alive_needs_nothing(make_client: MakeClient, tmp_path):
    client = make_client(redis_url=f"unix://{tmp_path}/no.sock")
    del client.environ_base["HTTP_AUTHORIZATION"]
    assert client.get("/healthz").get_json() == {"status": "alive"}


def test_ready_tells_of_store_version_and_schedule(client: FlaskClient, store: Redis):
    last_run = {"finished_at": "2026-01-01T03:00:05+00:00", "code": 4, "published": False}
    write_last_run(store, Keys(), last_run)
    write_next_run(store, Keys(), datetime(2026, 1, 2, 3, tzinfo=UTC))
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.get_json() == {
        "status": "ready",
        "details": {
            "store": "up",
            "model_version": "20260101T000000Z-0001",
            "demo": False,
            "schedule": {"last_run": last_run, "next_run": "2026-01-02T03:00:00+00:00"},
        },
    }


def test_not_ready_while_nothing_was_ever_published(store: Redis, store_url: str, make_client: MakeClient):
    response = make_client(redis_url=store_url).get("/readyz")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert response.content_type == "application/problem+json"
    assert response.get_json() == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "No list can be served: nothing is published yet.",
        "details": {
            "store": "up",
            "model_version": None,
            "demo": False,
            "schedule": {"last_run": None, "next_run": None},
        },
    }


def test_not_ready_while_the_store_was_never_reached(make_client: MakeClient, tmp_path):
    response = make_client(redis_url=f"unix://{tmp_path}/no.sock").get("/readyz")
    assert (response.status_code, response.get_json()["details"]["store"]) == (503, "down")
    assert response.get_json()["detail"] == "No list can be served: the store cannot be reached."


def test_answers_are_counted_by_placement_and_fallback_and_requests_by_status(client: FlaskClient):
    before = figures(client)
    client.get("/v1/recommendations?visitor_id=nobody&placement=discover")
    client.get("/v1/recommendations?limit=x")
    after = figures(client)

    def rise(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert rise('recs_answers_total{fallback="unknown_visitor",placement="discover"}') == 1
    assert rise('recs_http_request_seconds_count{endpoint="/v1/recommendations",status="200"}') == 1
    assert rise('recs_http_request_seconds_count{endpoint="/v1/recommendations",status="422"}') == 1
    assert after["recs_store_up"] == 1


def test_a_stranger_cannot_make_new_series(client: FlaskClient):
    client.get("/nowhere/1")
    before = figures(client).keys()
    for number in range(2, 5):
        client.get(f"/nowhere/{number}")
        client.get(f"/v1/recommendations?placement=x{number}")
    names = {name for name in figures(client).keys() - before if "nowhere" in name or "x2" in name}
    assert names == set()


def test_the_schedule_is_a_figure_too(client: FlaskClient, store: Redis):
    write_last_run(store, Keys(), {"finished_at": "2026-01-01T00:00:00+00:00", "code": 0})
    write_next_run(store, Keys(), datetime(2026, 1, 2, tzinfo=UTC))
    after = figures(client)
    assert after["recs_schedule_last_run_timestamp_seconds"] == 1767225600
    assert after["recs_schedule_last_run_ok"] == 1
    assert after["recs_schedule_next_run_timestamp_seconds"] == 1767225600 + 86400


def test_what_waits_for_the_workers_is_a_figure_too(client: FlaskClient, store: Redis):
    EventLog(store, Keys()).record([Event(f"e{n}", "view", "vera", "tea", 1) for n in range(3)])
    after = figures(client)
    assert after["recs_events_stream_length"] == 3
    assert after['recs_events_waiting{group="counters"}'] == 3
    assert after['recs_events_waiting{group="archive"}'] == 3
