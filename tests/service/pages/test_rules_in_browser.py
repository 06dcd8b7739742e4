"""A merchandiser's way through the rules in a real browser without JavaScript, before gunicorn as shipped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Browser, Page, expect

from tests.chromium import Errors, running_chromium
from tests.gunicorn_service import KEY, Service
from tests.needs import needs_chromium
from tests.published import publish
from tests.waiting import wait_until

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def service(store: redis.Redis, store_url: str, tmp_path: Path) -> Iterator[Service]:
    publish(store)
    service = Service(tmp_path, REDIS_URL=store_url)
    try:
        wait_until(service.answers, "the service answers")
        yield service
    finally:
        service.stop()


def fits(page: Page) -> bool:
    """Whether nothing sticks out to the side."""
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def shown(service: Service) -> list[list[str]]:
    """What ben is shown, asked often enough to meet every worker."""
    answers = [service.answer("visitor_id=ben&limit=3") for _ in range(20)]
    return [[item["product_id"] for item in answer["items"]] for answer in answers]


@pytest.mark.parametrize("width", [1280, 360], ids=["desktop", "phone"])
def test_from_an_empty_page_to_live_rules_and_back(service: Service, browser: Browser, width: int):
    context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    errors = Errors(page)
    sign_in(page, service)
    save_two_rules(page)
    try_them_out(page)
    publish_them(page)
    wait_until(lambda: shown(service) == [["p2", "p1", "p3"]] * 20, "every worker follows the rules")
    go_back(page)
    wait_until(lambda: shown(service) == [["p0", "p1", "p2"]] * 20, "every worker is back")
    context.close()
    # The pin of a hidden product is meant to be refused.
    assert [error for error in errors if "422" not in error] == []


def sign_in(page: Page, service: Service) -> None:
    page.goto(f"{service.url}/admin/")
    page.get_by_label("Key").fill(KEY)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Rules").click()
    expect(page.get_by_text("No rules are live yet")).to_be_visible()
    assert fits(page)


def save_two_rules(page: Page) -> None:
    page.get_by_label("What it does").select_option("Hide products")
    page.get_by_role("button", name="Continue").click()
    assert fits(page)
    page.get_by_label("Name").fill("Recall")
    page.get_by_label("Product ids").fill("p0")
    page.get_by_role("button", name="Save in the draft").click()
    expect(page.get_by_role("status")).to_contain_text("Recall is in the draft")
    page.get_by_label("What it does").select_option("Pin a product to a slot")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name").fill("Mint first")
    page.get_by_label("Product", exact=True).fill("p0")
    page.get_by_role("button", name="Save in the draft").click()
    expect(page.locator("#product_id-fault")).to_contain_text("Rule recall (Recall) excludes p0")
    page.get_by_label("Product", exact=True).fill("p2")
    page.get_by_label("For you").check()
    page.get_by_role("button", name="Save in the draft").click()
    expect(page.locator("#rule-mint-first")).to_contain_text("Pins Product 2 (p2) to slot 1")
    expect(page.locator("#rule-mint-first")).to_contain_text("For you")
    assert fits(page)


def try_them_out(page: Page) -> None:
    page.get_by_role("link", name="Try it out").click()
    page.get_by_label("Visitors").fill("ben")
    page.get_by_role("button", name="Try").click()
    expect(page.get_by_role("heading", name="1 of 1 list would change")).to_be_visible()
    expect(page.get_by_role("row", name="ben")).to_contain_text("hidden by a rule")
    assert fits(page)
    page.get_by_role("main").get_by_role("link", name="Rules").click()


def publish_them(page: Page) -> None:
    page.get_by_label("Note").fill("Recall of 23 November")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("status")).to_contain_text("Revision 1 is live")
    expect(page.get_by_role("region", name="History").first).to_contain_text("Recall of 23 November")


def go_back(page: Page) -> None:
    page.goto(f"{page.url}revisions/0")
    page.get_by_label("Note").fill("False alarm")
    page.get_by_role("button", name="Make revision 0 live again").click()
    expect(page.get_by_role("status")).to_contain_text("Revision 2, with the rules of revision 0, is live")
    assert fits(page)
