"""One client a purpose: how long it waits, and which URLs it refuses."""

from __future__ import annotations

import pytest
import redis

from service.store.connection import ConnectionUrlError, connect
from tests.servers import free_port


def test_it_speaks_bytes(each_store):
    each_store.set("name", "Zoë")
    assert each_store.get("name") == "Zoë".encode()


@pytest.mark.parametrize("query", ["", "?db=1"])
def test_a_url_works_with_and_without_query(store_url, query):
    with connect(store_url + query, profile="serving") as client:
        assert client.ping()


def test_a_serving_client_tries_a_refused_connection_once():
    with connect(f"redis://127.0.0.1:{free_port()}", profile="serving") as client:
        assert client.get_retry().get_retries() == 0
        with pytest.raises(redis.ConnectionError):
            client.get("x")


def test_a_serving_client_has_a_connection_for_every_request_of_a_worker(store_url):
    with connect(store_url, profile="serving") as client:
        pool = client.connection_pool
        held = [pool.get_connection() for _ in range(300)]
        assert client.ping()
        for connection in held:
            pool.release(connection)


def test_a_serving_client_gives_up_on_a_hung_server(own_server):
    server = own_server()
    with connect(server.url, profile="serving") as client:
        client.ping()
        server.pause()
        with pytest.raises(redis.TimeoutError):
            client.get("x")
        server.resume()


def test_a_serving_client_comes_back_after_a_restart(own_server):
    server = own_server("redis")
    with connect(server.url, profile="serving") as client:
        client.set("x", "1")
        server.kill()
        with pytest.raises(redis.ConnectionError):
            client.get("x")
        server.start()
        assert client.get("x") == b"1"


@pytest.mark.parametrize(
    "url, said",
    [
        ("redis+sentinel://h:26379/main/0", "redis+sentinel:// arrives later"),
        ("redis+cluster://h:6379", "redis+cluster:// arrives later"),
        ("http://localhost", "must begin with redis://, rediss:// or unix://"),
        ("localhost:6379", "must begin with"),
        ("redis:localhost", "must begin with"),
        ("", "must begin with"),
        ("redis://localhost:port", "no number from 0 to 65535"),
        ("redis://localhost:70000", "no number from 0 to 65535"),
        ("redis://localhost/first", "number of a database"),
        ("redis://localhost?db=first", "Invalid value for 'db'"),
        ("redis://localhost?colour=red", "unknown options: colour"),
        ("redis://localhost?retry=3&credential_provider=x", "unknown options: credential_provider, retry"),
        ("redis://localhost?protocol=9", "protocol must be either 2 or 3"),
        ("redis://[::1", "no name or address"),
        ("unix://", "socket's path"),
    ],
)
def test_a_url_that_cannot_work_is_refused_with_the_reason(url, said):
    with pytest.raises(ConnectionUrlError) as refused:
        connect(url, profile="serving")
    assert said in str(refused.value)


def test_a_refusal_does_not_repeat_the_password():
    with pytest.raises(ConnectionUrlError) as refused:
        connect("redis://:hunter2@localhost:port", profile="serving")
    assert "hunter2" not in str(refused.value)
