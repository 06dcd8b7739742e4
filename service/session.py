"""Candidates from what a visitor did just now, made in the request: no model has seen the visitor yet.

An item-item model folds a new user in by adding up the neighbours of the user's items (Sarwar et al.,
"Item-based Collaborative Filtering Recommendation Algorithms", 2001; Deshpande and Karypis, "Item-based
Top-N Recommendation Algorithms", 2004). What came last weighs most, as sessions drift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

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
    # Product → [score, the largest share of it, the candidate whose that is]; a list, to be changed in place.
    found: dict[int, list[Any]] = {}
    for name, product_id, weight in asked:
        near = neighbours.get((name, product_id), ())[:NEIGHBOURS]
        # Scores of two products' lists do not compare: each list's best counts 1.
        scale = weight / (near[0][1] or 1.0) if near else 0.0
        for candidate in near:
            share = scale * candidate[1]
            known = found.get(candidate[0])
            if known is None:
                found[candidate[0]] = [share, share, candidate]
                continue
            known[0] += share
            if share > known[1]:
                known[1:] = share, candidate
    whole = sum(weight for _, _, weight in asked) or 1.0
    best = sorted(found.values(), key=_score, reverse=True)[:FOLDED]  # what is equal keeps its order
    return [(product, score / whole, why, of) for score, _, (product, _, why, of) in best]


_score = itemgetter(0)


def viewed(products: Sequence[int]) -> list[Candidate]:
    """The products that were viewed, newest first, as candidates."""
    return [(product, 1 / (1 + place), _VIEWED, -1) for place, product in enumerate(products)]
