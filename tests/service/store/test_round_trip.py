from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import redis

from service.store.connection import connect
from service.store.round_trip import RoundTrips
from tests.servers import RunningServer


@pytest.fixture
def filled(each_store: redis.Redis) -> redis.Redis:
    each_store.hset("h", mapping={f"f{number}": f"v{number}" for number in range(50)})
    each_store.set("text", "no hash")
    return each_store


def get(*fields: str) -> list[tuple[str, str, str]]:
    return [("HGET", "h", field) for field in fields]


def test_replies_come_in_the_order_of_the_commands(filled: redis.Redis):
    round_trips = RoundTrips(filled)
    assert round_trips.replies(get("f3", "none", "f1")) == [b"v3", None, b"v1"]
    assert round_trips.replies(get("f2")) == [b"v2"]


def test_a_refused_command_is_an_error_and_leaves_no_reply_for_the_next(filled: redis.Redis):
    round_trips = RoundTrips(filled)
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        round_trips.replies([("HGET", "text", "f1"), *get("f1", "f2")])
    assert round_trips.replies(get("f4")) == [b"v4"]


def test_threads_do_not_get_each_others_replies(filled: redis.Redis):
    round_trips = RoundTrips(filled)

    def read(number: int) -> bool:
        wanted = [number % 50, (number + 1) % 50]
        replies = round_trips.replies(get(*(f"f{one}" for one in wanted)))
        return replies == [f"v{one}".encode() for one in wanted]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(400)))


def test_a_restarted_server_is_met_again_at_once(own_server: Callable[..., RunningServer]):
    server = own_server()
    server.client.hset("h", "f1", "v1")
    with connect(server.url, profile="serving") as client, ThreadPoolExecutor(4) as pool:
        round_trips = RoundTrips(client)
        together = Barrier(4)

        def read(_: int) -> list[bytes]:
            together.wait(10)
            return round_trips.replies(get("f1"))

        assert list(pool.map(read, range(4))) == [[b"v1"]] * 4
        server.kill()
        server.start()
        assert round_trips.replies(get("f1")) == [b"v1"]


def test_a_hung_server_is_given_up_and_its_late_replies_are_not_read(
    own_server: Callable[..., RunningServer],
):
    server = own_server()
    server.client.hset("h", mapping={"f1": "v1", "f2": "v2"})
    with connect(server.url, profile="serving") as client:
        round_trips = RoundTrips(client)
        round_trips.replies(get("f1"))
        server.pause()
        with pytest.raises(redis.TimeoutError):
            round_trips.replies(get("f1"))
        server.resume()
        assert round_trips.replies(get("f2")) == [b"v2"]


def test_a_killed_server_is_a_connection_error(own_server: Callable[..., RunningServer]):
    server = own_server("redis")
    with connect(server.url, profile="serving") as client:
        server.kill()
        with pytest.raises(redis.ConnectionError):
            RoundTrips(client).replies(get("f1"))


def test_many_readers_of_one_client_do_not_use_up_its_connections(own_server: Callable[..., RunningServer]):
    server = own_server()
    server.client.hset("h", "f1", "v1")
    with connect(server.url, profile="serving") as client:
        client.connection_pool.max_connections = 3
        for _ in range(10):
            assert RoundTrips(client).replies(get("f1")) == [b"v1"]
        assert client.hget("h", "f1") == b"v1"
