"""What a visitor did lately, as far as it changes the next answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from service.store.visitor_state import VisitorState

DAYS_UNTIL_DUE = 30.0
"""After a purchase, of a product of which nobody knows how soon it is bought again."""


class Visitor(NamedTuple):
    """Product ids throughout, for they outlive a version.

    Attributes:
        in_cart: never recommended.
        just_bought: bought, and not due again yet: never recommended.
        bought: all that events say was bought.
        shown: product id → impressions since the last click.
        views: viewed or clicked, newest first.
        cart: in the cart, the latest first.
        due: bought, and due again, the longest overdue first.
        until: seconds since 1970 at which something becomes due: until then all this stays as it is.
    """

    in_cart: frozenset[str] = frozenset()
    just_bought: frozenset[str] = frozenset()
    bought: frozenset[str] = frozenset()
    shown: Mapping[str, int] = {}
    views: Sequence[str] = ()
    cart: Sequence[str] = ()
    due: Sequence[str] = ()
    until: float = math.inf


NOBODY = Visitor()
"""Somebody of whom nothing is known."""


def visitor_of(states: Sequence[VisitorState], at: float, days_until_due: Callable[[str], float]) -> Visitor:
    """One person's states, taken together.

    Args:
        states: of the visitor, and of the customer that the visitor is.
        at: seconds since 1970.
        days_until_due: of a product id, how long after a purchase it is due again; NaN: nobody knows.
    """
    if not states:
        return NOBODY
    bought = _newest_first(state.bought for state in states)
    due_at = {product: when / 1000 + 86_400 * _days(days_until_due(product)) for product, when in bought}
    in_cart = dict.fromkeys(product for state in states for product in state.cart)
    overdue = sorted((when, product) for product, when in due_at.items() if when <= at)
    return Visitor(
        in_cart=frozenset(in_cart),
        just_bought=frozenset(product for product, when in due_at.items() if when > at),
        bought=frozenset(due_at),
        shown=states[0].shown if len(states) == 1 else _added(state.shown for state in states),
        views=tuple(product for product, _ in _newest_first(state.views for state in states)),
        cart=tuple(in_cart),
        due=tuple(product for _, product in overdue),
        until=min((when for when in due_at.values() if when > at), default=math.inf),
    )


def _days(known: float) -> float:
    return DAYS_UNTIL_DUE if math.isnan(known) else known


def _newest_first(timed: Iterable[Sequence[tuple[str, int]]]) -> list[tuple[str, int]]:
    parts = [part for part in timed if part]
    if len(parts) < 2:
        return list(parts[0]) if parts else []
    latest: dict[str, int] = {}
    for product, when in (one for part in parts for one in part):
        latest[product] = max(when, latest.get(product, when))
    return sorted(latest.items(), key=lambda one: (-one[1], one[0]))


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for product, count in (one for part in counts for one in part.items()):
        total[product] = total.get(product, 0) + count
    return total
