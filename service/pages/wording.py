"""What the codes of an answer mean, in the words that the pages use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

REASONS: Mapping[str, str] = {
    "bought_often": "You buy this often",
    "due_again": "Probably due again",
    "bought_with": "Goes with what you buy",
    "similar_to": "Similar to what you buy",
    "popular": "Popular with everybody",
    "trending": "Trending now",
    "new": "New in the shop",
    "recently_viewed": "You looked at this recently",
    "pinned": "Picked by the shop",
}

REASONS_WITH_PRODUCT: Mapping[str, str] = {
    "bought_with": "Goes with {}",
    "similar_to": "Similar to {}",
}

FALLBACKS: Mapping[str, str] = {
    "store_down": "The store cannot be reached, so this comes from the service's own copy.",
    "cold_store": "The store holds no published version at the moment.",
    "unknown_visitor": "Nothing is known of this visitor yet, so this is what is popular.",
    "unknown_product": "None of the products given is in the catalogue, so this is what is popular.",
    "no_context": "This placement needs a product and none was given, so this is what is popular.",
    "filled": "The placement's own list was too short, so it was filled up with what is popular.",
    "none": "There is nothing to show.",
}

DROPPED: Mapping[str, str] = {
    "repeated": "listed already",
    "bought": "bought before",
    "category": "outside the category",
    "context": "on the page or in the cart",
    "excluded": "excluded by the query",
    "unavailable": "cannot be ordered at the moment",
    "rule": "hidden by a rule",
    "price_floor": "cheaper than a rule allows here",
    "cap": "enough of its brand or category",
    "in_cart": "in the cart",
    "just_bought": "bought just now",
    "earlier_page": "on an earlier page of this list",
    "outranked": "others come first",
}

LISTS: Mapping[str, str] = {
    "for_you": "For you",
    "discover": "Discover something new",
    "buy_it_again": "Buy it again",
    "similar_items": "Similar products",
    "bought_together": "Often bought together",
    "trending": "Trending now",
    "new_arrivals": "New arrivals",
    "recently_viewed": "Recently viewed",
    "session": "This session",
    "popular": "Popular",
}

_SIGNS: Mapping[str, str] = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


def reason_text(code: str, product_title: str | None) -> str:
    """A reason as a sentence to a shopper; a code without words of its own is shown as it is."""
    if product_title is not None and code in REASONS_WITH_PRODUCT:
        return REASONS_WITH_PRODUCT[code].format(product_title)
    return REASONS.get(code, code)


def list_title(name: str) -> str:
    """What a placement or list is called on a page; one from the configuration by its own name."""
    return LISTS.get(name) or name.replace("_", " ").capitalize()


def price_text(price: float | None, currency: str | None) -> str | None:
    """`$2.49`, `12.00 CHF`, or the bare number where the currency is not known; None without a price."""
    if price is None:
        return None
    sign = _SIGNS.get(currency or "")
    return f"{sign}{price:,.2f}" if sign else f"{price:,.2f} {currency or ''}".strip()


def time_text(iso: str) -> str:
    """`23 November 2026, 13:05 UTC` for an ISO 8601 time in UTC."""
    time = datetime.fromisoformat(iso)
    return f"{time.day} {time:%B %Y, %H:%M} UTC"
