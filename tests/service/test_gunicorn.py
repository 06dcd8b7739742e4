"""`gunicorn wsgi:app` as shipped: with its own embedded server, with a given one, and when things die."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from http.client import HTTPResponse
from pathlib import Path

import pytest
import redis

from service.embedded import EmbeddedValkey
from service.store.connection import connect
from tests.gunicorn_service import Service
from tests.published import publish
from tests.servers import RunningServer


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited for 60 s"
        time.sleep(0.05)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Starts services over one data folder, and ends them."""
    started: list[Service] = []

    def start(**environ: str) -> Service:
        service = Service(tmp_path, **environ)
        started.append(service)
        wait_until(lambda: service.answers() or service.process.poll() is not None)
        assert service.process.poll() is None, service.log.read_text()
        return service

    yield start
    for service in started:
        if service.process.poll() is None:
            service.stop()


def test_without_a_store_it_runs_its_own_and_stops_it_cleanly(start: Callable[..., Service], tmp_path: Path):
    service = start()
    assert service.answer("visitor_id=anna")["fallback"] == "cold_store"
    with EmbeddedValkey(tmp_path / "the data") as store, connect(store.url, profile="training") as client:
        publish(client)
        wait_until(lambda: service.answer("visitor_id=anna&limit=1")["fallback"] is None)
    assert service.stop() == 0
    assert "Warning" not in service.log.read_text()
    with pytest.raises(redis.RedisError), connect(store.url, profile="serving") as client:
        client.ping()


def test_a_master_killed_takes_its_server_along_and_the_data_survives(
    start: Callable[..., Service], tmp_path: Path
):
    service = start()
    with EmbeddedValkey(tmp_path / "the data") as store, connect(store.url, profile="training") as client:
        publish(client)
    service.process.kill()
    service.process.wait()
    wait_until(lambda: not answers(store.url))
    again = start()
    assert again.answer("visitor_id=anna&limit=1")["fallback"] is None


def answers(url: str) -> bool:
    try:
        with connect(url, profile="serving") as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def test_a_killed_worker_is_replaced_and_its_figures_stay(
    start: Callable[..., Service], store_url: str, store
):
    publish(store)
    service = start(REDIS_URL=store_url)
    for _ in range(20):
        service.answer("visitor_id=anna&limit=1")
    before = service.workers()
    os.kill(before[0], signal.SIGKILL)
    wait_until(lambda: len(service.workers()) == len(before) and before[0] not in service.workers())
    # gunicorn loses a stop signal that comes before the new worker is up.
    wait_until(lambda: service.log.read_text().count("version_loaded") == len(before) + 1)
    counted = 'recs_answers_total{fallback="",placement="for_you"} 20.0'
    assert counted in service.get("/metrics")[1].decode().splitlines()


def test_a_hung_and_a_killed_store_are_answered_for_and_met_again(
    start: Callable[..., Service], own_server: Callable[..., RunningServer]
):
    server = own_server("redis")
    publish(server.client)
    service = start(REDIS_URL=server.url)

    def fallbacks() -> set[str | None]:
        return {service.answer("visitor_id=anna&limit=2")["fallback"] for _ in range(8)}

    assert fallbacks() == {None}
    server.pause()
    assert fallbacks() == {"store_down"}
    server.resume()
    wait_until(lambda: fallbacks() == {None})
    server.kill()
    assert fallbacks() == {"store_down"}
    server.start()
    wait_until(lambda: fallbacks() == {None})


def test_half_sent_requests_hold_nobody_up(start: Callable[..., Service], store_url: str, store):
    publish(store)
    service = start(REDIS_URL=store_url)
    address = ("127.0.0.1", int(service.url.rpartition(":")[2]))
    slow = [socket.create_connection(address) for _ in range(80)]
    try:
        for connection in slow:
            connection.sendall(b"GET /v1/recommendations HTTP/1.1\r\nHost: x\r\n")
        assert [service.answer("limit=1")["items"][0]["product_id"] for _ in range(5)] == ["p0"] * 5
    finally:
        for connection in slow:
            connection.close()


def test_bad_settings_end_the_start_with_code_2_and_one_message(tmp_path: Path):
    service = Service(tmp_path, RECS_WORKERS="many", RECS_PROT="1")
    assert service.end_of_start() == (
        2,
        "These settings are wrong:\n"
        "  RECS_PROT: Unknown setting. Did you mean RECS_PORT?\n"
        "  RECS_WORKERS: Must be a whole number from 1 to 64, not 'many'.\n",
    )


@pytest.mark.parametrize(
    "text, fault",
    [
        ("[placements.for_you]\nsources = ['best']\n", "placements.for_you.sources: no such list: best"),
        ("[placement.for_you]\nsources = ['popular']\n", "has no use for [placement]"),
    ],
)
def test_wrong_placements_end_the_start_with_code_2_and_one_message(tmp_path: Path, text: str, fault: str):
    (tmp_path / "recs.toml").write_text(text)
    service = Service(tmp_path, RECS_CONFIG=str(tmp_path / "recs.toml"))
    code, output = service.end_of_start()
    assert code == 2
    assert fault in output
    assert "Traceback" not in output


def test_a_bad_url_of_the_store_ends_the_start_with_code_2_and_one_message(tmp_path: Path):
    service = Service(tmp_path, REDIS_URL="redis://h:70000")
    assert service.end_of_start() == (
        2,
        "These settings are wrong:\n"
        "  REDIS_URL: the store's URL has a port that is no number from 0 to 65535.\n",
    )


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_it_listens_on_an_ipv6_address(start: Callable[..., Service], host: str, store_url: str):
    start(RECS_HOST=host, REDIS_URL=store_url)


def test_a_large_cart_fits_into_the_query(start: Callable[..., Service], store_url: str, store):
    publish(store)
    service = start(REDIS_URL=store_url)
    cart = "&".join(f"product_id={number:0256}" for number in range(99))
    excluded = "&".join(f"exclude={number:0256}" for number in range(100))
    answer = service.answer(f"placement=bought_together&limit=1&product_id=p0&{cart}&{excluded}")
    assert answer["items"][0]["product_id"] == "p7"


@pytest.mark.parametrize(
    "target, status, title",
    [
        (b"/v1/recommendations?visitor_id=" + b"x" * 70_000, 414, "URI Too Long"),
        ("/v1/recommendations?visitor_id=é".encode(), 400, "Bad Request"),
        (b"/v1/recommendations?visitor_id=\xff", 400, "Bad Request"),
    ],
    ids=["too long", "not ASCII", "not UTF-8"],
)
def test_what_gunicorn_refuses_is_a_problem_too(
    start: Callable[..., Service], store_url: str, target: bytes, status: int, title: str
):
    service = start(REDIS_URL=store_url)
    with socket.create_connection(("127.0.0.1", int(service.url.rpartition(":")[2]))) as connection:
        connection.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        response = HTTPResponse(connection)
        response.begin()
        problem = json.loads(response.read())
    assert (response.status, response.headers["Content-Type"]) == (status, "application/problem+json")
    assert problem.pop("detail")
    assert problem == {"type": "about:blank", "title": title, "status": status}
