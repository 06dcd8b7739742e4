"""The pages over a real store: `shop` with the tiny shop live as a demonstration, nobody signed in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
import redis
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext
from werkzeug.test import TestResponse

from tests.chromium import running_chromium
from tests.published import publish
from tests.service.conftest import ADMIN_KEY, MakeClient

SignIn = Callable[..., TestResponse]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's Chromium."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of its own, as far as its pages can tell."""
    context = browser.new_context(viewport={"width": 1000, "height": 600})
    yield context
    context.close()


@pytest.fixture
def visitor(make_client: MakeClient, store_url: str) -> FlaskClient:
    """Somebody's browser, before anything is published."""
    client = make_client(redis_url=store_url)
    del client.environ_base["HTTP_AUTHORIZATION"]
    return client


@pytest.fixture
def shop(store: redis.Redis, visitor: FlaskClient) -> FlaskClient:
    """Somebody's browser, with the tiny shop live as a demonstration."""
    publish(store, demo=True)
    return visitor


def token_in(response: TestResponse) -> str:
    """The page's token against forged posts."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', response.text)
    assert found, response.text
    return found[1]


def sign_in(client: FlaskClient, key: str = ADMIN_KEY, query: str = "") -> TestResponse:
    """Fill in the sign-in form and send it."""
    token = token_in(client.get("/admin/"))
    return client.post("/admin/sign-in", data={"csrf_token": token, "key": key, "query": query})
