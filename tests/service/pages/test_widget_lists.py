"""The widget in a real browser: what it asks, for whom, what it shows, and that it never gets in the way."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.needs import needs_chromium
from tests.service.pages.widget_shop import CORS, TEMPLATE, Shop, happens, item, settle

pytestmark = needs_chromium


@pytest.fixture
def shop(context: BrowserContext) -> Shop:
    return Shop(context)


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


def test_a_late_answer_does_not_replace_a_newer_one(shop: Shop):
    page = shop.open()
    settle(page)
    held: list[Route] = []
    shop.answer_batch = lambda route: held.append(route)
    page.evaluate("void (window.late = recs.refresh())")
    happens(page, lambda: held)
    shop.answer_batch = None
    shop.lists["for_you"] = [item(8)]
    page.evaluate("recs.refresh()")
    shop.lists["for_you"] = [item(9)]
    shop.answer(held[0])
    page.evaluate("late")
    expect(page.get_by_role("listitem")).to_have_text(["Product 8Acme€9.50"])


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
