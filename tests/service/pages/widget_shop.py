"""A shop's page with the widget in it, and a service made of nothing but answers, for tests in a browser.

Neither needs a network: the browser's requests are answered from here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from playwright.sync_api import BrowserContext, Page, Request, Route

from tests.chromium import Errors
from tests.needs import REPOSITORY
from tests.waiting import wait_until

SERVICE = "https://recs.test"
SCRIPT = REPOSITORY / "service/static/recommendations.js"

TEMPLATE = """
<section aria-labelledby="h"><h2 id="h">For you</h2>
  <div data-recs="for_you" data-template="#card"><ol data-recs-list class="shelf"></ol></div>
</section>
<template id="card"><li class="tile"><a data-bind="url"><img data-bind="image"><b data-bind="title"></b></a>
  <s data-bind="brand"></s> <i data-bind="price"></i><em data-bind="product_id"></em></li></template>
"""
"""Cards and a list of the shop's own."""

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "authorization, content-type",
}


def item(number: int, **product: Any) -> dict[str, Any]:
    """The item `p<number>` of an answer; `product` changes members of its record."""
    record = {
        "title": f"Product {number}", "url": f"/product/p{number}", "image_url": None, "brand": "Acme",
        "category": "Drinks > Tea", "price": 1.5 + number, "currency": "EUR", "in_stock": True,
    }  # fmt: skip
    reason = {"code": "popular", "product_id": None}
    return {"product_id": f"p{number}", "score": 0.5, "reason": reason, "product": record | product}


class Shop:
    """A shop of one context, with pages at `address`.

    Attributes:
        lists: items by placement, as the service answers; changing them changes the next answer.
        batches, events, tries: bodies of what the widget sent; `tries` has refused posts of events as well.
        keys: Authorization headers of all calls.
        refuse: what is left of statuses with which posts of events are answered, before all is well again.
        answer_batch: answers a batch in place of `lists`.
        errors: what went wrong in the page that was opened last.
    """

    def __init__(self, context: BrowserContext, address: str = "https://shop.test") -> None:
        self.address = address
        self.lists: dict[str, list[dict[str, Any]]] = {"for_you": [item(1), item(2)]}
        self.batches: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.tries: list[list[dict[str, Any]]] = []
        self.keys: set[str | None] = set()
        self.refuse: list[int] = []
        self.answer_batch: Callable[[Route], None] | None = None
        self.errors: Sequence[str] = ()
        self._context = context
        self._html = ""
        self._headers: Mapping[str, str] = {}
        context.route(f"{SERVICE}/**", self._serve)
        context.route(f"{address}/**", self._page)

    def open(
        self,
        body: str = '<div data-recs="for_you"></div>',
        attributes: str = "",
        headers: Mapping[str, str] | None = None,
        clock: bool = False,
        patient: bool = True,
    ) -> Page:
        """A page with this body, and the widget below it.

        Args:
            clock: the page's time stands still, unless the test moves it.
            patient: the widget waits longer for a list than it does by default: tests run on busy machines.
        """
        attributes += ' data-timeout="60000"' if patient else ""
        self._html = (
            f'<!doctype html><html lang="en"><title>Shop</title>{body}'
            f'<script src="{SERVICE}/static/recommendations.js" data-key="public" {attributes}></script>'
        )
        self._headers = headers or {}
        page = self._context.new_page()
        self.errors = Errors(page)
        if clock:
            page.clock.install(time=0)
            page.clock.pause_at(1_000)
        page.goto(self.address)
        return page

    def of_type(self, name: str) -> list[dict[str, Any]]:
        """The accepted events of a type."""
        return [event for event in self.events if event["type"] == name]

    def _page(self, route: Route) -> None:
        route.fulfill(content_type="text/html; charset=utf-8", body=self._html, headers=dict(self._headers))

    def _serve(self, route: Route) -> None:
        request = route.request
        path = request.url.removeprefix(SERVICE)
        if path == "/static/recommendations.js":
            route.fulfill(content_type="text/javascript", body=SCRIPT.read_text(encoding="utf-8"))
            return
        if request.method == "OPTIONS":
            route.fulfill(status=200, headers=CORS)
            return
        self.keys.add(request.headers.get("authorization"))
        if path == "/v1/events":
            self._take_events(route, request)
        else:
            assert path == "/v1/recommendations/batch"
            self.batches.append(_sent(request))
            (self.answer_batch or self.answer)(route)

    def answer(self, route: Route) -> None:
        """Answer a batch with the lists as they are now."""
        number = len(self.batches)
        results = [
            {
                "recommendation_id": f"answer-{number}-{place}",
                "placement": query["placement"],
                "items": [
                    one | {"rank": rank} for rank, one in enumerate(self.lists[query["placement"]], start=1)
                ],
            }
            for place, query in enumerate(self.batches[-1]["queries"])
        ]
        route.fulfill(json={"results": results}, headers=CORS)

    def _take_events(self, route: Route, request: Request) -> None:
        events = _sent(request)
        self.tries.append(events)
        status = self.refuse.pop(0) if self.refuse else 202
        if status == 202:
            self.events += events
        route.fulfill(status=status, json={"accepted": len(events)}, headers=CORS)


def _sent(request: Request) -> Any:
    return request.post_data_json


def happens(page: Page, condition: Callable[[], object]) -> None:
    """Wait until it holds, letting the browser go on."""

    def holds() -> object:
        page.evaluate("0")
        return condition()

    wait_until(holds, "what the page was to do")


def settle(page: Page) -> None:
    """Until the first lists are there, or have failed to come."""
    page.evaluate("recs.ready")
