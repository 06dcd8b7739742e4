"""The application over a real store with the tiny shop of `tests.published` live."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from flask.testing import FlaskClient

from service.app import create_app
from service.settings import Settings
from tests.published import publish

ADMIN_KEY = "tests-admin-key"

MakeClient = Callable[..., FlaskClient]


@pytest.fixture
def make_client(tmp_path: Path) -> Iterator[MakeClient]:
    """Makes clients of applications with these settings; they send the admin's key unless told otherwise."""
    made = []

    def make(**settings: object) -> FlaskClient:
        app = create_app(Settings(**{"admin_key": ADMIN_KEY, "data_dir": tmp_path} | settings))  # type: ignore[arg-type]
        made.append(app.extensions["recommendations"])
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {ADMIN_KEY}"
        return client

    yield make
    for service in made:
        service.follower.stop()


@pytest.fixture
def client(store: redis.Redis, store_url: str, make_client: MakeClient) -> FlaskClient:
    """A client of the application with the tiny shop live."""
    publish(store)
    return make_client(redis_url=store_url)
