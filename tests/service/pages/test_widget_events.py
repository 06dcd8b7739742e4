"""The widget in a real browser: who the visitor is, and what it reports of them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.needs import needs_chromium
from tests.service.pages.widget_shop import TEMPLATE, Shop, happens, item, settle

pytestmark = needs_chromium


@pytest.fixture
def shop(context: BrowserContext) -> Shop:
    return Shop(context)


def seconds_go_by(page: Page, condition: Callable[[], bool]) -> None:
    """As many as it takes until the condition holds, and then ten."""

    def holds() -> bool:
        page.clock.run_for(1_000)
        return condition()

    happens(page, holds)
    for _ in range(10):
        page.clock.run_for(1_000)


def in_sight_for(page: Page, ms: int) -> None:
    """Let the browser tell what is in sight, as it does in its own time; then so much time goes by."""
    page.evaluate("new Promise(done => new IntersectionObserver(done).observe(document.body))")
    page.clock.run_for(ms)


def cookies(context: BrowserContext) -> dict[str, str]:
    return {one["name"]: one["value"] for one in context.cookies()}


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


def test_who_agrees_again_is_somebody_new(shop: Shop):
    page = shop.open()
    settle(page)
    before = page.evaluate("recs.visitorId")
    page.evaluate("recs.consent(false)")
    page.evaluate("recs.consent(true)")
    assert page.evaluate("recs.visitorId") not in (None, before)


def test_a_card_half_seen_for_a_second_is_one_impression(shop: Shop):
    page = shop.open('<div data-recs="for_you"></div><div style="height: 3000px"></div>', clock=True)
    settle(page)
    in_sight_for(page, 900)
    page.evaluate("scrollTo(0, 2000)")
    in_sight_for(page, 3_000)
    assert shop.events == []
    page.evaluate("scrollTo(0, 0)")
    in_sight_for(page, 3_000)
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
        in_sight_for(page, 3_000)
    assert len(shop.events) == 2


@pytest.mark.parametrize("above", [570, 2000], ids=["the edge of a card", "nothing"])
def test_what_is_further_down_is_no_impression_until_half_of_it_is_seen(shop: Shop, above: int):
    page = shop.open(f'<div style="height: {above}px"></div><div data-recs="for_you"></div>', clock=True)
    settle(page)
    box = page.get_by_role("listitem").first.bounding_box()
    assert box
    assert 600 - box["y"] < box["height"] / 2
    in_sight_for(page, 5_000)
    assert shop.tries == []
    page.get_by_role("link").first.evaluate("card => card.scrollIntoView()")
    in_sight_for(page, 2_000)
    happens(page, lambda: len(shop.of_type("impression")) == 2)


def test_a_tab_behind_others_shows_nobody_anything(shop: Shop):
    page = shop.open(clock=True)
    settle(page)
    page.evaluate("Object.defineProperty(document, 'visibilityState', {value: 'hidden', writable: true})")
    for _ in range(3):
        in_sight_for(page, 2_000)
    assert shop.tries == []
    page.evaluate("document.visibilityState = 'visible'")
    for _ in range(3):
        in_sight_for(page, 2_000)
    happens(page, lambda: len(shop.of_type("impression")) == 2)


def test_back_from_the_browsers_memory_the_lists_are_asked_for_again(shop: Shop):
    page = shop.open()
    settle(page)
    shop.lists["for_you"] = [item(6)]
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: false}))")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(page.get_by_role("listitem")).to_have_text(["Product 6Acme€7.50"])
    assert len(shop.batches) == 2


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
    page.evaluate("recs.track({type: 'view', product_id: 'the last'})")
    happens(page, lambda: shop.of_type("view") and shop.of_type("click"))
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
    seconds_go_by(page, lambda: len(shop.tries) >= tries)
    assert len(shop.tries) == tries
    assert all(events == shop.tries[0] for events in shop.tries)


def test_the_first_try_outlives_the_page_and_the_second_takes_any_size(shop: Shop, context: BrowserContext):
    context.add_init_script("""
        const real = window.fetch;
        window.kept = [];
        window.fetch = (address, options) => {
          window.kept.push(options.keepalive);
          return real(address, options);
        };""")
    shop.refuse = [503]
    page = shop.open(attributes='data-view="p9"', body="", clock=True)
    seconds_go_by(page, lambda: len(shop.tries) >= 2)
    assert page.evaluate("kept") == [True, False]
