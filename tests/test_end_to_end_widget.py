"""A person's way through a shop with the widget, in a real browser, before gunicorn as shipped.

The shop is another site than the service: what passes between them passes CORS, with a public key.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from playwright.sync_api import Browser, Locator, Page, expect

from service.client import RecommendationClient
from service.store.api_keys import create_key
from service.store.keys import Keys
from tests.chromium import Errors, running_chromium
from tests.gunicorn_service import Service
from tests.needs import needs_chromium
from tests.published import PRODUCTS, publish, record
from tests.shop_site import ShopSite, running_shop
from tests.waiting import wait_until

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def shop() -> Iterator[ShopSite]:
    with running_shop(ShopSite()) as site:
        yield site


@pytest.fixture
def service(store: redis.Redis, store_url: str, tmp_path: Path, shop: ShopSite) -> Iterator[Service]:
    """The service with the tiny shop live, and its key in the shop's pages."""
    pictured = [
        record(index) | {"image_url": f"{shop.origin}/image/{index}"} for index in range(len(PRODUCTS))
    ]
    publish(store, records=pictured)
    service = Service(tmp_path, REDIS_URL=store_url, RECS_ALLOWED_ORIGINS=shop.origin)
    try:
        wait_until(service.answers, "the service answers", timeout_s=90)
        shop.service = service.url
        shop.key = create_key(store, Keys(), "public")[1]
        yield service
    finally:
        if service.process.poll() is None:
            service.stop()


@pytest.fixture
def page(browser: Browser, service: Service) -> Iterator[Page]:
    """A new visitor's browser; an error in a page fails the test."""
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    page = context.new_page()
    errors = Errors(page)
    yield page
    page.wait_for_load_state("networkidle")
    context.close()
    assert errors == []


def cards(page: Page, placement: str = "for_you") -> Locator:
    return page.locator(f"[data-recs={placement}]").get_by_role("listitem")


def products(page: Page, placement: str = "for_you") -> list[str]:
    """What a list of the page shows, once it is there."""
    expect(cards(page, placement).first).to_be_visible()
    return cards(page, placement).evaluate_all("all => all.map(card => card.dataset.productId)")


def look_at(page: Page, shop: ShopSite, product_id: str) -> None:
    """Open a product's page; its view has been reported when this returns."""
    with page.expect_response("**/v1/events"):
        page.goto(f"{shop.origin}/product/{product_id}")


def press(page: Page, label: str) -> None:
    """Press a button that reports an event."""
    with page.expect_response("**/v1/events"):
        page.get_by_role("button", name=label).click()


def publish_rules(service: Service, key: str, *rules: dict[str, Any]) -> None:
    """As the console does, from another process than those that answer the shop."""
    draft = call(service, key, "GET", "draft")
    saved = call(service, key, "PUT", "draft", {"edition": draft["edition"], "rules": rules})
    call(service, key, "POST", "publish", {"edition": saved["edition"], "note": "Recalled"})


def call(service: Service, key: str, method: str, path: str, body: object = None) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{service.url}/v1/admin/rules/{path}",
        json.dumps(body).encode() if body is not None else None,
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.loads(response.read())


def test_what_a_new_visitor_does_changes_the_very_next_page(page: Page, shop: ShopSite):
    page.goto(shop.origin)
    assert products(page) == ["p0", "p1", "p2", "p3", "p4", "p5"]
    assert set(cards(page).evaluate_all("all => all.map(card => card.dataset.reason)")) == {"popular"}
    for product_id in ("p1", "p8", "p0"):
        look_at(page, shop, product_id)
    # The neighbours of p0 are 1, 2, 3, those of p1 are 2, 0, 4: 2 is near to both.
    page.goto(shop.origin)
    assert products(page)[:2] == ["p2", "p1"]
    assert cards(page).first.get_attribute("data-reason") == "similar_to"


def test_what_is_in_the_cart_or_bought_leaves_the_lists(page: Page, shop: ShopSite):
    page.goto(shop.origin)
    assert "p2" in products(page)
    cards(page).get_by_role("link", name="Product 2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Product 2")
    press(page, "Into the cart")
    page.goto(shop.origin)
    assert "p2" not in products(page)
    look_at(page, shop, "p3")
    press(page, "Buy")
    page.goto(shop.origin)
    assert not {"p2", "p3"} & set(products(page))


def test_a_rule_saved_elsewhere_holds_on_the_next_load(
    page: Page, shop: ShopSite, service: Service, store: redis.Redis
):
    page.goto(shop.origin)
    assert products(page)[0] == "p0"
    merchandiser = create_key(store, Keys(), "merchandiser")[1]
    recalled = {"id": "recalled", "type": "exclude", "products": {"product_ids": ["p0"]}}
    first = {"id": "first", "type": "pin", "product_id": "p9", "slot": 1}
    publish_rules(service, merchandiser, recalled, first)

    def holds() -> bool:
        page.goto(shop.origin)
        shown = products(page)
        return shown[0] == "p9" and "p0" not in shown

    wait_until(holds, "the rules hold")
    for _ in range(6):
        assert holds(), "one worker has the rules and the other has not"


def test_no_product_stands_twice_on_a_page(page: Page, shop: ShopSite):
    page.goto(shop.origin)
    shown = products(page, "for_you") + products(page, "trending")
    assert len(shown) == len(set(shown)) == 12 - 3
    expect(page.get_by_role("region", name="Trending").get_by_role("listitem").first).to_contain_text(
        "Product 8"
    )


def test_who_signs_in_gets_the_customers_list_and_nobody_else_does(
    page: Page, shop: ShopSite, service: Service, store: redis.Redis
):
    shop.attributes = 'data-visitor-id="cleo"'
    page.goto(shop.origin)
    assert products(page)[0] == "p0", "a browser that says it is cleo is shown what cleo bought"
    shop.attributes = ""
    page.goto(shop.origin)
    assert products(page)[0] == "p0"
    visitor_id = page.evaluate("recs.visitorId")
    with RecommendationClient(service.url, create_key(store, Keys(), "storefront")[1]) as client:
        client.identify(visitor_id, "cleo")
    page.goto(shop.origin)
    assert products(page)[0] == "p4"


def test_what_is_seen_and_clicked_reaches_the_stream_with_its_answer(
    page: Page, shop: ShopSite, store: redis.Redis
):
    page.goto(shop.origin)
    products(page)
    wait_until(lambda: turn(page) and len(of_type(store, "impression")) == 9, "impressions are recorded")
    cards(page).get_by_role("link", name="Product 1").click()
    wait_until(lambda: turn(page) and of_type(store, "view"), "the product's page reports its view")
    [click] = of_type(store, "click")
    [shown] = [one for one in of_type(store, "impression") if one["product_id"] == "p1"]
    for member in ("recommendation_id", "placement", "rank", "visitor_id"):
        assert click[member] == shown[member]
    assert (click["placement"], click["rank"]) == ("for_you", 2)
    # The view follows from the click.
    assert of_type(store, "view")[0]["recommendation_id"] == click["recommendation_id"]


def test_what_waits_to_be_sent_goes_out_when_the_page_is_left(page: Page, shop: ShopSite, store: redis.Redis):
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=1))
    page.goto(shop.origin)
    products(page)
    products(page, "trending")
    # The browser tells of what is in sight in its own time; then a second goes by, and no more.
    page.evaluate("new Promise(done => new IntersectionObserver(done).observe(document.body))")
    page.clock.run_for(1_100)
    assert of_type(store, "impression") == []
    page.goto(f"{shop.origin}/image/1")
    wait_until(lambda: len(of_type(store, "impression")) == 9, "impressions are recorded")


def test_without_the_service_the_shop_is_as_it_was(browser: Browser, shop: ShopSite, service: Service):
    service.stop()
    # Its own page: that the service cannot be reached is no fault of the shop's, and the browser logs it.
    with browser.new_context() as context:
        other = context.new_page()
        errors = Errors(other)
        other.goto(shop.origin)
        expect(other.locator("[data-recs=for_you]")).to_have_text("Come in and look around.")
        assert [error for error in errors if error.startswith("script")] == []


def turn(page: Page) -> bool:
    """Let the browser go on; true, for conditions."""
    page.evaluate("new Promise(done => setTimeout(done))")
    return True


def of_type(store: redis.Redis, name: str) -> list[dict[str, Any]]:
    """The events of a type in the stream, in their order."""
    entries: Any = store.xrange(Keys().events)
    values = [value for _, fields in entries for value in fields.values()]
    bodies = [json.loads(value) for value in values if value.startswith(b"{")]
    return [body for body in bodies if body["type"] == name]
