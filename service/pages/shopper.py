"""Who shops in the demonstration shop, and what they do there: each look, each purchase is an event.

Somebody who has chosen a household acts as that household. Anybody else is a visitor whom a cookie of the
browser's own tells from others, as in a real shop.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import marshmallow as ma
from flask import Response, current_app, request
from itsdangerous import Signer
from redis import RedisError

from service.api.parameters import Text
from service.fetching import state_of
from service.pages.households import Households
from service.recommendations import Recommendations
from service.snapshot import Snapshot
from service.store.events import Event
from service.store.visitor_state import NOTHING, VisitorState

COOKIE = "demo_visitor"
COOKIE_SECONDS = 30 * 86_400
_COOKIE_LENGTH = 32


@dataclass(frozen=True)
class Shopper:
    """Whom a page is for.

    Attributes:
        id: as asked for in the address; None for an anonymous visitor.
        fault: why the id that was asked for cannot be used; then `id` is None.
        bought: number of different products bought; None where that is not known, as of all but households.
        browser: the cookie's value; a new one where there is none yet.
        state: what the shopper did lately.
    """

    id: str | None
    browser: str
    fault: str | None = None
    bought: int | None = None
    state: VisitorState = NOTHING

    @property
    def visitor_id(self) -> str:
        """By which events and queries name the shopper."""
        return self.id or self.browser

    @property
    def token(self) -> str:
        """For the forms: whoever cannot read the cookie cannot make it up."""
        return _signer().get_signature(self.browser).decode()


def shopper_of_request(service: Recommendations, snapshot: Snapshot) -> Shopper:
    """Who is asking, by the address's `visitor_id` and the cookie."""
    browser = request.cookies.get(COOKIE, "")
    if len(browser) != _COOKIE_LENGTH or not browser.isalnum() or not browser.isascii():
        browser = secrets.token_hex(_COOKIE_LENGTH // 2)
    asked = request.args.get("visitor_id", "").strip()
    if not asked:
        return Shopper(None, browser, state=_state(service, browser))
    try:
        visitor_id = Text().deserialize(asked)
    except ma.ValidationError as error:
        return Shopper(None, browser, fault=" ".join(error.messages), state=_state(service, browser))
    bought = households(service, snapshot).bought.get(visitor_id)
    state = _state(service, visitor_id, is_customer=bought is not None)
    return Shopper(visitor_id, browser, bought=bought, state=state)


def households(service: Recommendations, snapshot: Snapshot) -> Households:
    """The households of the live version."""
    return current_app.extensions["households"].of(service, snapshot)


def keep_cookie(response: Response, shopper: Shopper) -> Response:
    """Let the browser be known by its cookie; for pages with a form, or that report something."""
    response.set_cookie(
        COOKIE,
        shopper.browser,
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return response


def may_post(shopper: Shopper) -> bool:
    """Whether the posted form came from a page of ours."""
    return _signer().verify_signature(shopper.browser, request.form.get("csrf_token", ""))


def report(
    shopper: Shopper,
    type: str,
    product_ids: Sequence[str],
    order_id: str | None = None,
    prices: Mapping[str, float | None] | None = None,
) -> None:
    """Record an event of one type for each of the products, as `POST /v1/events` does.

    Args:
        type, order_id: as of `Event`.
        prices: of one, by product id.

    Raises:
        RedisError: the store is away.
    """
    now = time.time_ns() // 1_000_000
    about = Event("", type, shopper.visitor_id, "", now, order_id=order_id)
    events = [
        about._replace(
            event_id=secrets.token_hex(16), product_id=product_id, unit_price=(prices or {}).get(product_id)
        )
        for product_id in product_ids
    ]
    user_agent = request.headers.get("User-Agent")
    current_app.extensions["events"].record(
        events, of_customers=shopper.id is not None, user_agent=user_agent
    )


def _state(service: Recommendations, visitor_id: str, is_customer: bool = False) -> VisitorState:
    if not service.follower.store_up:
        return NOTHING
    key = service.keys.customer(visitor_id) if is_customer else service.keys.visitor(visitor_id)
    try:
        return state_of(cast(bytes | None, service.client.get(key)))
    except RedisError as error:
        service.follower.failed(error)
        return NOTHING


def _signer() -> Signer:
    return Signer(current_app.secret_key or "", salt="demonstration shop")
