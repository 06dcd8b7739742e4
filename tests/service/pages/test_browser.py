"""A person's way through the pages in a real browser, before gunicorn with two workers and a real store.

Any error that the browser meets on the way fails the test: in a script, in the console (a breach of the
Content-Security-Policy too), a request that fails or that is answered with an error.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Browser, Page, expect

from tests.chromium import Scheme, watched_page
from tests.needs import REPOSITORY, needs_chromium
from tests.published import PRODUCTS, publish, record
from tests.servers import free_port

ADMIN_KEY = "browsers-admin-key"
START_SECONDS = 30.0

pytestmark = needs_chromium


@pytest.fixture
def site(store: redis.Redis, store_url: str, tmp_path: Path) -> Iterator[str]:
    """The address of the running service, with the tiny shop live as a demonstration."""
    pictured = [
        record(index) | {"image_url": f"/demo/placeholder/{product_id}.svg"}
        for index, product_id in enumerate(PRODUCTS)
    ]
    publish(store, records=pictured, demo=True)
    port = free_port()
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("RECS_")},
        "REDIS_URL": store_url,
        "RECS_DATA_DIR": str(tmp_path),
        "RECS_PORT": str(port),
        "RECS_ADMIN_KEY": ADMIN_KEY,
    }
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-m", "gunicorn", "wsgi:app"]
        server = subprocess.Popen(command, cwd=REPOSITORY, env=environ, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until_ready(address, server, tmp_path / "log")
            yield address
        finally:
            server.terminate()
            server.wait()


def wait_until_ready(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise RuntimeError(f"the service did not start: {log.read_text()[-2000:]}")


def fits(page: Page) -> bool:
    """Whether nothing sticks out to the side."""
    page.wait_for_load_state()
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("width, scheme", [(1280, "light"), (360, "dark")], ids=["desktop", "phone"])
def test_from_the_shelves_to_the_trace(site: str, browser: Browser, width: int, scheme: Scheme):
    with watched_page(browser, width, scheme) as page:
        choose_a_household(page, site)
        follow_a_product(page)
        read_the_trace(page)


def choose_a_household(page: Page, site: str) -> None:
    page.goto(site)
    expect(page.get_by_role("heading", level=1)).to_contain_text("A shop that knows")
    assert fits(page)
    page.get_by_label("Household").fill("anna")
    page.get_by_role("button", name="Shop as").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Household anna")
    for name in ("For you", "Buy it again", "Discover something new", "Trending now", "New arrivals"):
        shelf = page.get_by_role("region", name=name)
        expect(shelf.get_by_role("listitem").first).to_be_visible()
    first = page.get_by_role("region", name="For you").get_by_role("listitem").first
    expect(first).to_contain_text("Product 0")
    expect(first).to_contain_text("You buy this often")
    assert (
        first.locator("img").evaluate("async image => { await image.decode(); return image.naturalWidth }")
        > 0
    )
    assert fits(page)


def follow_a_product(page: Page) -> None:
    page.get_by_role("region", name="For you").get_by_role("link", name="Product 0").click()
    expect(page).to_have_url(re.compile(r"/product/p0\?visitor_id=anna$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Product 0")
    together = page.get_by_role("region", name="Often bought together")
    expect(together.get_by_role("listitem").first).to_contain_text("Goes with Product 0")
    assert fits(page)
    page.get_by_role("region", name="Similar products").get_by_role("link", name="Product 1").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Product 1")
    page.get_by_role("link", name="Households").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Households")
    assert fits(page)


def read_the_trace(page: Page) -> None:
    page.get_by_role("link", name="Console").click()
    assert fits(page)
    page.get_by_label("Key").fill(ADMIN_KEY)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Live version")).to_be_visible()
    assert fits(page)
    page.get_by_label("Visitor").fill("anna")
    page.get_by_text("Filters").click()
    page.get_by_label("Exclude").fill("p1")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".answer > li")).to_have_count(8)
    # What anna looked at a moment ago leads; her own list follows.
    expect(page.locator(".answer > li").first).to_contain_text("Similar to Product 1")
    candidates = page.get_by_role("region", name=re.compile("^Candidates of")).first
    row = candidates.get_by_role("row", name="Product 0 p0")
    expect(row).to_contain_text("shown as 2")
    expect(row.locator("svg").first).to_be_visible()
    expect(page.get_by_role("region", name="Dropped candidates")).to_contain_text("excluded by the query")
    assert fits(page)
    page.get_by_role("link", name="Versions").click()
    expect(page.get_by_role("region", name="All versions").first).to_contain_text("20260101T000000Z-0001")
    assert fits(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Key")).to_be_visible()


def test_the_shelves_move_by_their_buttons_and_the_keyboard_finds_the_content(site: str, browser: Browser):
    with watched_page(browser, 700, "light") as page:
        page.goto(f"{site}/?visitor_id=ben")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        shelf = page.get_by_role("region", name="For you")
        expect(shelf.get_by_role("button", name="Back")).to_be_disabled()
        shelf.get_by_role("button", name="Forward").click()
        expect(shelf.get_by_role("button", name="Back")).to_be_enabled()
