"""Candidates from what a visitor did just now, made in the request: no model has seen the visitor yet.

An item-item model folds a new user in by adding up the neighbours of the user's items (Sarwar et al.,
"Item-based Collaborative Filtering Recommendation Algorithms", 2001; Deshpande and Karypis, "Item-based
Top-N Recommendation Algorithms", 2004). What came last weighs most, as sessions drift.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from service.query import Candidate
from service.store.codec import REASONS

DECAY = 0.8
"""What each earlier product weighs of the one after it."""

MAX_VIEWS, MAX_CART = 10, 5
"""Products that a session is folded in from: the latest ones."""

NEIGHBOURS = 20
"""Of each of them."""

FOLDED = 100
"""Candidates at most."""

_VIEWED = REASONS.index("recently_viewed")

Seed = tuple[str, str, float]
"""List to ask, product id, weight."""


def seeds(views: Sequence[str], cart: Sequence[str]) -> list[Seed]:
    """Whose neighbours to add up: views ask for what is similar, the cart for what goes with it.

    Args:
        views, cart: product ids, the latest first.
    """
    viewed = [product for product in views[:MAX_VIEWS] if product not in cart]
    found = [("similar_items", product, DECAY**place) for place, product in enumerate(viewed)]
    return found + [
        ("bought_together", product, DECAY**place) for place, product in enumerate(cart[:MAX_CART])
    ]


def folded_in(
    asked: Sequence[Seed], neighbours: Mapping[tuple[str, str], Sequence[Candidate]]
) -> list[Candidate]:
    """The neighbours' scores, weighted and added up; the best first, each with its strongest reason.

    Args:
        asked: as `seeds` gave them.
        neighbours: (list, product id) → candidates, best first; what is not there adds nothing.
    """
    total: dict[int, float] = {}
    strongest: dict[int, tuple[float, Candidate]] = {}
    for weight, candidate in _weighted(asked, neighbours):
        product = candidate[0]
        share = weight * candidate[1]
        total[product] = total.get(product, 0.0) + share
        if product not in strongest or share > strongest[product][0]:
            strongest[product] = (share, candidate)
    whole = sum(weight for _, _, weight in asked) or 1.0
    best = sorted(total, key=lambda product: (-total[product], product))[:FOLDED]
    return [(product, total[product] / whole, *strongest[product][1][2:]) for product in best]


def _weighted(
    asked: Sequence[Seed], neighbours: Mapping[tuple[str, str], Sequence[Candidate]]
) -> Iterator[tuple[float, Candidate]]:
    for name, product_id, weight in asked:
        for candidate in neighbours.get((name, product_id), ())[:NEIGHBOURS]:
            yield weight, candidate


def viewed(products: Sequence[int]) -> list[Candidate]:
    """The products that were viewed, newest first, as candidates."""
    return [(product, 1 / (1 + place), _VIEWED, -1) for place, product in enumerate(products)]
