"""Fixtures that all tests share: the store, real and empty, and the marks of what a test needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import redis

from service.store.keys import Keys
from tests.needs import require
from tests.servers import KINDS, Kind, RunningServer, running_server


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(requirement): skipped where the machine lacks it (tests.needs)")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        require(mark.args[0])


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[RunningServer]:
    """The Valkey server of the whole session; tests take `store`, which empties it."""
    with running_server("valkey") as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RunningServer]:
    """The Redis 7 server of the whole session."""
    with running_server("redis") as server:
        yield server


@pytest.fixture
def store(valkey_server: RunningServer) -> Iterator[redis.Redis]:
    """A client of a real, empty store."""
    yield from _emptied(valkey_server)


@pytest.fixture
def store_url(store: redis.Redis, valkey_server: RunningServer) -> str:
    """The URL of `store`."""
    return valkey_server.url


@pytest.fixture(params=KINDS)
def each_store(request: pytest.FixtureRequest) -> Iterator[redis.Redis]:
    """A client of a real, empty store: the test runs once with Valkey and once with Redis 7."""
    yield from _emptied(request.getfixturevalue(f"{request.param}_server"))


@pytest.fixture
def own_server() -> Iterator[Callable[..., RunningServer]]:
    """Makes servers for this test alone, to hang, kill and restart: `own_server()`, `own_server("redis")`."""
    with ExitStack() as stack:

        def make(kind: Kind = "valkey") -> RunningServer:
            return stack.enter_context(running_server(kind))

        yield make


@pytest.fixture
def keys() -> Keys:
    """The names of keys under the default prefix."""
    return Keys()


def _emptied(server: RunningServer) -> Iterator[redis.Redis]:
    server.empty()
    yield server.client
    server.empty()
