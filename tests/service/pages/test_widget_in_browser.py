"""The widget in a real browser: what it asks, shows and reports, and that it never gets in the way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.chromium import running_chromium
from tests.needs import needs_chromium
from tests.service.pages.widget_shop import CORS, Shop, item

pytestmark = needs_chromium

TEMPLATE = """
<section aria-labelledby="h"><h2 id="h">For you</h2>
  <div data-recs="for_you" data-template="#card"><ol data-recs-list class="shelf"></ol></div>
</section>
<template id="card"><li class="tile"><a data-bind="url"><img data-bind="image"><b data-bind="title"></b></a>
  <s data-bind="brand"></s> <i data-bind="price"></i><em data-bind="product_id"></em></li></template>
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1000, "height": 600})
    yield context
    context.close()


@pytest.fixture
def shop(context: BrowserContext) -> Shop:
    return Shop(context)


def happens(page: Page, condition: Callable[[], object]) -> None:
    """Wait until it holds, letting the browser go on."""
    for _ in range(500):
        if condition():
            return
        page.evaluate("new Promise(done => setTimeout(done))")
    raise AssertionError("never happened")


def cookies(context: BrowserContext) -> dict[str, str]:
    return {one["name"]: one["value"] for one in context.cookies()}


def settle(page: Page) -> None:
    """Until the first lists are there, or have failed to come."""
    page.evaluate("recs.ready")


# --- What it asks ---


def test_all_placeholders_of_a_page_are_one_call(shop: Shop):
    shop.lists |= {"similar_items": [item(3)], "trending": [item(4)]}
    body = """
      <div data-recs="similar_items" data-limit="4" data-product-ids="p1, p2" data-category="Drinks"></div>
      <div data-recs="for_you" data-exclude='["a,b", "c"]'></div>
      <div data-recs="trending"></div>"""
    page = shop.open(body, 'data-limit="6" data-page-id="page-7" data-visitor-id="v1"')
    expect(page.get_by_role("link")).to_have_count(4)
    common = {"visitor_id": "v1", "include": "product"}
    context = {"product_id": ["p1", "p2"], "category": "Drinks"}
    of_similar = {"placement": "similar_items", "limit": 4} | context
    assert shop.batches == [
        {
            "page_id": "page-7",
            "queries": [
                common | of_similar,
                common | {"placement": "for_you", "limit": 6, "exclude": ["a,b", "c"]},
                common | {"placement": "trending", "limit": 6},
            ],
        }
    ]
    assert shop.keys == {"Bearer public"}
    assert shop.errors == []


def test_the_script_tag_alone_makes_a_list_in_its_place(shop: Shop):
    page = shop.open("<p>Above</p>", 'data-placement="for_you"')
    expect(page.locator("script + div").get_by_role("link")).to_have_count(2)


def test_a_page_without_placeholders_asks_for_nothing(shop: Shop):
    page = shop.open("<p>About us</p>")
    settle(page)
    assert shop.batches == []


def test_a_products_page_reports_the_view_and_asks_for_what_goes_with_it(shop: Shop):
    page = shop.open(attributes='data-view="p9"')
    settle(page)
    happens(page, lambda: shop.events)
    assert shop.batches[0]["queries"][0]["product_id"] == ["p9"]
    [event] = shop.events
    assert (event["type"], event["product_id"]) == ("view", "p9")
    assert event["visitor_id"] == shop.batches[0]["queries"][0]["visitor_id"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["occurred_at"])


# --- Who asks ---


def test_a_new_visitor_gets_a_random_id_that_stays(shop: Shop, context: BrowserContext):
    settle(shop.open())
    [cookie] = context.cookies()
    assert (cookie["name"], cookie["sameSite"], cookie["path"]) == ("recs_visitor", "Lax", "/")
    assert cookie["secure"]
    settle(shop.open())
    asked = [batch["queries"][0]["visitor_id"] for batch in shop.batches]
    assert asked == [cookie["value"]] * 2
    assert re.fullmatch(r"[0-9a-f-]{36}", cookie["value"])


def test_the_shops_own_cookie_names_the_visitor(shop: Shop, context: BrowserContext):
    context.add_cookies([{"name": "shop_id", "value": "own-7", "url": shop.address}])
    settle(shop.open(attributes='data-cookie="shop_id"'))
    assert shop.batches[0]["queries"][0]["visitor_id"] == "own-7"
    assert cookies(context) == {"shop_id": "own-7"}


def test_without_https_ids_are_random_too(context: BrowserContext):
    shop = Shop(context, "http://shop.test")
    page = shop.open(attributes='data-view="p9"')
    happens(page, lambda: shop.events)
    assert page.evaluate("crypto.randomUUID") is None
    assert re.fullmatch(r"\d+(-\d+){3}", shop.events[0]["event_id"])
    assert re.fullmatch(r"\d+(-\d+){3}", cookies(context)["recs_visitor"])


def test_before_consent_nothing_is_kept_or_reported(shop: Shop, context: BrowserContext):
    page = shop.open(attributes='data-consent="wait" data-view="p9"')
    settle(page)
    expect(page.get_by_role("link")).to_have_count(2)
    assert "visitor_id" not in shop.batches[0]["queries"][0]
    assert (cookies(context), shop.tries) == ({}, [])
    page.evaluate("recs.consent()")
    happens(page, lambda: shop.events)
    assert [(event["type"], event["product_id"]) for event in shop.events] == [("view", "p9")]
    assert cookies(context) == {"recs_visitor": shop.events[0]["visitor_id"]}


def test_a_visitor_who_comes_back_and_consents_gets_their_own_lists(shop: Shop, context: BrowserContext):
    context.add_cookies([{"name": "recs_visitor", "value": "v1", "url": shop.address}])
    page = shop.open(attributes='data-consent="wait"')
    settle(page)
    shop.lists["for_you"] = [item(5)]
    page.evaluate("recs.consent()")
    expect(page.get_by_role("link")).to_have_text(["Product 5Acme€6.50"])
    assert [batch["queries"][0].get("visitor_id") for batch in shop.batches] == [None, "v1"]


def test_who_withdraws_consent_is_forgotten(shop: Shop, context: BrowserContext):
    page = shop.open()
    settle(page)
    page.get_by_role("link").first.click()
    page.wait_for_url("**/product/p1")
    settle(page)
    assert page.evaluate("sessionStorage.length") == 1
    page.evaluate("recs.consent(false)")
    assert cookies(context) == {}
    assert page.evaluate("[recs.visitorId, sessionStorage.length]") == [None, 0]
    page.evaluate("recs.track({type: 'view', product_id: 'p1'})")
    page.evaluate("recs.refresh()")
    assert "visitor_id" not in shop.batches[-1]["queries"][0]
    page.evaluate("recs.consent()")
    page.evaluate("recs.track({type: 'view', product_id: 'p2'})")
    happens(page, lambda: shop.of_type("view"))
    # What was done without consent is not told afterwards either, nor under the earlier id.
    assert [event["product_id"] for event in shop.of_type("view")] == ["p2"]
    assert shop.of_type("view")[0]["visitor_id"] != shop.of_type("click")[0]["visitor_id"]


# --- What it shows ---


def test_cards_are_a_list_of_links(shop: Shop):
    shop.lists["for_you"] = [item(1, image_url="/i/1.png"), item(2, price=None, brand=None)]
    page = shop.open()
    cards = page.get_by_role("list").get_by_role("listitem")
    expect(cards).to_have_text(["Product 1Acme€2.50", "Product 2"])
    link = cards.first.get_by_role("link")
    expect(link).to_have_attribute("href", "https://shop.test/product/p1")
    image = cards.first.locator("img")
    # The title stands beside it: read once is enough.
    expect(image).to_have_attribute("alt", "")
    expect(image).to_have_attribute("src", "https://shop.test/i/1.png")
    box = image.bounding_box()
    assert box
    assert box["width"] == pytest.approx(box["height"])
    page.keyboard.press("Tab")
    expect(link).to_be_focused()
    expect(cards.first).to_have_attribute("data-reason", "popular")


def test_the_shops_own_template_and_list_are_used(shop: Shop):
    shop.lists["for_you"] = [item(1, image_url="/i/1.png"), item(2, brand="", image_url=None, currency="??")]
    page = shop.open(TEMPLATE, 'data-url="/p?id={product_id}"')
    expect(page.get_by_role("heading", name="For you")).to_be_visible()
    tiles = page.locator("ol.shelf > li.tile")
    expect(tiles).to_have_text([r"Product 1 Acme €2.50p1", r"Product 2 3.50 ??p2"])
    expect(tiles.first.get_by_role("link")).to_have_attribute("href", "https://shop.test/p?id=p1")
    expect(tiles.first.get_by_role("img")).to_have_attribute("alt", "Product 1")
    expect(tiles.nth(1).locator("img, s")).to_have_count(0)


def test_what_is_in_the_data_is_text_and_never_runs(shop: Shop):
    hostile = "<img src=x onerror=alert(1)>"
    bad = {"title": hostile, "brand": hostile, "currency": hostile}
    shop.lists["for_you"] = [
        item(1, **bad, url="javascript:alert(1)", image_url="javascript:alert(1)"),
        item(2, **bad, url="JaVaScRiPt:alert(1)", image_url="data:text/html,x"),
        item(3, url="https://[", image_url="http://["),
    ]
    page = shop.open()
    cards = page.get_by_role("listitem")
    expect(cards).to_have_count(3)
    expect(cards.first.locator(".recs-title")).to_have_text(hostile)
    assert page.locator("[data-recs] img, [data-recs] [href]").count() == 0
    assert shop.errors == []


def test_products_of_which_nothing_is_known_are_left_out(shop: Shop):
    shop.lists["for_you"] = [item(1) | {"product": None}, item(2)]
    expect(shop.open().get_by_role("listitem")).to_have_text(["Product 2Acme€3.50"])


def test_a_strict_content_security_policy_is_enough(shop: Shop):
    policy = "default-src 'none'; script-src https://recs.test; connect-src https://recs.test"
    page = shop.open(headers={"Content-Security-Policy": policy})
    expect(page.get_by_role("link")).to_have_count(2)
    assert page.locator(".recs-list").evaluate("list => getComputedStyle(list).display") == "grid"
    assert shop.errors == []


def test_the_shops_weakest_rule_beats_ours(shop: Shop):
    page = shop.open('<style>ul { display: block }</style><div data-recs="for_you"></div>')
    expect(page.get_by_role("link")).to_have_count(2)
    assert page.locator(".recs-list").evaluate("list => getComputedStyle(list).display") == "block"


def test_a_hidden_section_appears_with_its_list(shop: Shop):
    shop.lists["trending"] = []
    body = '<section data-recs="for_you" hidden></section><section data-recs="trending" hidden></section>'
    page = shop.open(body)
    settle(page)
    expect(page.locator("[data-recs=for_you]")).to_be_visible()
    expect(page.locator("[data-recs=trending]")).to_be_hidden()


def test_refresh_changes_what_changed_and_keeps_the_focus(shop: Shop):
    page = shop.open()
    settle(page)
    second = page.get_by_role("link").nth(1)
    second.focus()
    page.evaluate("document.activeElement.dataset.kept = 'yes'")
    page.evaluate("recs.refresh()")
    assert page.evaluate("document.activeElement.dataset.kept") == "yes"
    shop.lists["for_you"] = [item(7), item(2)]
    page.evaluate("recs.refresh()")
    expect(page.get_by_role("listitem")).to_have_text(["Product 7Acme€8.50", "Product 2Acme€3.50"])
    expect(page.get_by_role("link").nth(1)).to_be_focused()


# --- What it reports ---


def test_a_card_half_seen_for_a_second_is_one_impression(shop: Shop):
    page = shop.open('<div data-recs="for_you"></div><div style="height: 3000px"></div>', clock=True)
    settle(page)
    page.clock.run_for(900)
    page.evaluate("scrollTo(0, 2000)")
    page.clock.run_for(3_000)
    assert shop.events == []
    page.evaluate("scrollTo(0, 0)")
    page.clock.run_for(3_000)
    happens(page, lambda: shop.events)
    of_answer = {
        "recommendation_id": "answer-1-0",
        "placement": "for_you",
        "visitor_id": shop.batches[0]["queries"][0]["visitor_id"],
    }
    first, second = shop.of_type("impression")
    assert first.items() >= ({"product_id": "p1", "rank": 1} | of_answer).items()
    assert second.items() >= ({"product_id": "p2", "rank": 2} | of_answer).items()
    # The same answer shown elsewhere has the same ids, so that the service counts it once.
    assert [event["event_id"] for event in shop.events] == ["answer-1-0:p1", "answer-1-0:p2"]
    for place in (2_000, 0):
        page.evaluate("place => scrollTo(0, place)", place)
        page.clock.run_for(3_000)
    assert len(shop.events) == 2


def test_what_is_further_down_is_no_impression_until_it_is_seen(shop: Shop):
    page = shop.open('<div style="height: 2000px"></div><div data-recs="for_you"></div>', clock=True)
    settle(page)
    page.clock.run_for(5_000)
    assert shop.tries == []
    page.get_by_role("link").first.scroll_into_view_if_needed()
    page.clock.run_for(2_000)
    happens(page, lambda: len(shop.of_type("impression")) == 2)


def test_impressions_that_wait_go_out_when_the_page_is_left(shop: Shop):
    page = shop.open(clock=True)
    settle(page)
    expect(page.get_by_role("link")).to_have_count(2)
    # The browser tells of what is seen in its own time; then a second goes by, and no more.
    page.evaluate("new Promise(done => new IntersectionObserver(done).observe(document.body))")
    page.clock.run_for(1_100)
    assert shop.tries == []
    page.goto(f"{shop.address}/elsewhere")
    happens(page, lambda: shop.tries)
    assert [event["product_id"] for event in shop.of_type("impression")] == ["p1", "p2"]


def test_a_click_is_reported_while_the_page_is_left_and_the_purchase_cites_it(shop: Shop):
    page = shop.open()
    page.get_by_role("link").nth(1).click()
    page.wait_for_url("**/product/p2")
    happens(page, lambda: shop.of_type("click"))
    cited = {"recommendation_id": "answer-1-0", "placement": "for_you", "rank": 2}
    [click] = shop.of_type("click")
    assert click.items() >= {"product_id": "p2", **cited}.items()
    settle(page)
    bought = (
        "[{type: 'purchase', product_id: 'p2', order_id: 7, quantity: 2}, {type: 'purchase', product_id: 5}]"
    )
    page.evaluate(f"recs.track({bought})")
    happens(page, lambda: len(shop.of_type("purchase")) == 2)
    first, second = shop.of_type("purchase")
    assert first.items() >= {"product_id": "p2", "order_id": "7", "quantity": 2, **cited}.items()
    assert second["product_id"] == "5"
    assert "recommendation_id" not in second
    assert len({event["event_id"] for event in shop.events}) == len(shop.events)


def test_a_click_beside_the_link_is_none(shop: Shop):
    page = shop.open(TEMPLATE)
    settle(page)
    page.locator("li.tile i").first.dispatch_event("click")
    page.locator("li.tile a").first.dispatch_event("click", {"button": 2})
    page.locator("li.tile a").first.dispatch_event("auxclick", {"button": 1})
    happens(page, lambda: shop.tries)
    assert len(shop.of_type("click")) == 1


def test_calls_made_before_the_script_came_are_caught_up(shop: Shop):
    early = "(window.recs ||= []).push((recs) => recs.track({type: 'add_to_cart', product_id: 'p1'}))"
    page = shop.open(f"<script>{early}</script>")
    happens(page, lambda: shop.events)
    page.evaluate(early)
    happens(page, lambda: len(shop.events) == 2)
    assert [event["type"] for event in shop.events] == ["add_to_cart"] * 2


@pytest.mark.parametrize(
    "refused, tries", [([503], 2), ([500, 503, 503], 2), ([429], 2), ([422], 1), ([403], 1), ([], 1)]
)
def test_a_post_that_fails_for_now_is_sent_once_more(shop: Shop, refused: list[int], tries: int):
    shop.refuse = list(refused)
    page = shop.open(attributes='data-view="p9"', body="", clock=True)
    happens(page, lambda: shop.tries)
    # The answer has to come back before the time until the next try begins.
    for _ in range(20):
        page.clock.run_for(1_000)
        page.evaluate("0")
    assert len(shop.tries) == tries
    assert all(events == shop.tries[0] for events in shop.tries)


# --- That it never gets in the way ---


def nonsense(route: Route) -> None:
    route.fulfill(body="<html>", content_type="text/html", headers=CORS)


def refused(route: Route) -> None:
    route.fulfill(status=503, json={}, headers=CORS)


def of_another_shape(route: Route) -> None:
    route.fulfill(json={"results": [{"items": 5}]}, headers=CORS)


def unreachable(route: Route) -> None:
    route.abort("connectionrefused")


@pytest.mark.parametrize("answer", [nonsense, refused, of_another_shape, unreachable])
def test_a_service_that_fails_leaves_the_page_as_it_was(shop: Shop, answer: Callable[[Route], None]):
    shop.answer_batch = answer
    page = shop.open('<div data-recs="for_you"><p>Our bestsellers</p></div>')
    settle(page)
    expect(page.locator("[data-recs]")).to_have_text("Our bestsellers")
    assert len(shop.batches) == 1
    assert [error for error in shop.errors if error.startswith("script")] == []


def test_a_service_that_hangs_is_given_up_after_its_time(shop: Shop):
    shop.answer_batch = lambda route: None
    page = shop.open('<div data-recs="for_you"><p>Our bestsellers</p></div>', clock=True, patient=False)
    happens(page, lambda: shop.batches)
    with page.expect_event("requestfailed") as given_up:
        page.clock.run_for(799)
        assert page.evaluate("Promise.race([recs.ready.then(() => 'given up'), 'waiting'])") == "waiting"
        page.clock.run_for(1)
    assert given_up.value.url.endswith("/batch")
    settle(page)
    expect(page.locator("[data-recs]")).to_have_text("Our bestsellers")
    assert [error for error in shop.errors if error.startswith("script")] == []


def test_misuse_throws_nothing(shop: Shop):
    page = shop.open('<div data-recs="for_you" data-template="#none" data-product-ids="[broken"></div>')
    page.evaluate(
        "Promise.all([recs.track(), recs.track(5), recs.push(7), recs.consent('x'), recs.refresh()])"
    )
    assert shop.errors == []


def test_a_second_script_tag_changes_nothing(shop: Shop):
    page = shop.open()
    settle(page)
    page.add_script_tag(url="https://recs.test/static/recommendations.js")
    assert len(shop.batches) == 1
