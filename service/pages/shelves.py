"""A placement's answer as a shelf of the demonstration shop: title, note, cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, redirect, url_for

from service.metrics import count_answer
from service.pages import wording
from service.pages.cards import Card, cards_of
from service.pages.shopper import Shopper
from service.query import Query
from service.recommendations import Recommendations
from service.snapshot import Snapshot

SHELF_LENGTH = 12

OF_HOUSEHOLDS = {
    "for_you": "What this household is likely to put in its basket next.",
    "buy_it_again": "What this household buys again and again.",
    "discover": "In the taste of this household, and new to it.",
}
INTRODUCTIONS = {
    "for_you": "From what you looked at and put in your cart just now.",
    "buy_it_again": "What you buy again and again.",
    "discover": "In the same taste, and new to you.",
    "trending": "Sold more than usual lately.",
    "new_arrivals": "The latest on the shelves.",
}


@dataclass(frozen=True)
class Shelf:
    """One placement's answer.

    Attributes:
        note: in words, why these are not the placement's own products; None where they are.
        fallback: its code.
    """

    name: str
    title: str
    introduction: str | None
    note: str | None
    fallback: str | None
    cards: list[Card]


def shelf_of(
    service: Recommendations, snapshot: Snapshot, name: str, shopper: Shopper, product_ids: Sequence[str] = ()
) -> Shelf:
    """The shelf of a placement; `product_ids` are the page's, or those in the cart."""
    query = Query(
        placement=name,
        visitor_id=shopper.visitor_id,
        customer_id=shopper.id,
        limit=SHELF_LENGTH,
        product_ids=tuple(product_ids),
        include_product=True,
    )
    answer = service.answer(query)
    if answer["model_version"] != snapshot.version:
        # A version was published meanwhile; it may be a real shop's, which nobody may see here.
        abort(redirect(url_for("storefront.home")))
    fallback = answer["fallback"]
    count_answer(name, fallback)
    introductions = INTRODUCTIONS if shopper.id is None else INTRODUCTIONS | OF_HOUSEHOLDS
    return Shelf(
        name=name,
        title=wording.list_title(name),
        introduction=introductions.get(name),
        note=wording.FALLBACKS.get(fallback) if fallback else None,
        fallback=fallback,
        cards=cards_of(service, snapshot, answer["items"]),
    )


def viewed_shelf(service: Recommendations, snapshot: Snapshot, shopper: Shopper) -> Shelf | None:
    """What the shopper looked at, without what fills the placement up; None: nothing that can be shown."""
    if not shopper.state.views:
        return None
    whole = shelf_of(service, snapshot, "recently_viewed", shopper)
    cards = [card for card in whole.cards if card.reason_code == "recently_viewed"]
    return Shelf(whole.name, whole.title, None, None, None, cards) if cards else None
