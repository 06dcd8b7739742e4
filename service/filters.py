"""The hard filters: why a product must not be in an answer, whatever its score, whoever pinned it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from service.cursor import checksum
from service.placements import Placement
from service.query import Candidate, Candidates, Catalog, Query
from service.rules.plan import Plan
from service.visitor import Visitor

WHY_NOT = (
    *("repeated", "unavailable", "rule", "context", "excluded", "in_cart", "just_bought", "bought"),
    *("category", "price_floor", "earlier_page"),
)
"""What a product is dropped for, in the order in which they are looked at."""


class Filter:
    """Says why this visitor, on this page, may not be shown a product, as one of `WHY_NOT`; None: they may.

    Attributes:
        is_open: nothing is ruled out.
    """

    def __init__(
        self, query: Query, placement: Placement, candidates: Candidates, catalog: Catalog, plan: Plan
    ) -> None:
        self.is_open = is_open_to_all(query, placement, candidates.visitor)
        if self.is_open:
            return
        self._product_id = catalog.product_id
        self._blocked = _blocked(query, placement, candidates)
        self._bought = candidates.bought if placement.new_only else ()
        self._category = catalog.in_category(query.category) if query.category else None
        self._price = catalog.price
        self._least_price = _least_price(query, catalog, plan)
        self._earlier = frozenset(query.seen)

    def __call__(self, product: int) -> str | None:
        product_id = self._product_id(product)
        if product_id in self._blocked:
            return self._blocked[product_id]
        if product in self._bought:
            return "bought"
        if self._category is not None and product not in self._category:
            return "category"
        # An unknown price is not above any other: a floor is a promise.
        if self._least_price is not None and not self._price(product) >= self._least_price:
            return "price_floor"
        if self._earlier and checksum(product_id) in self._earlier:
            return "earlier_page"
        return None


def is_open_to_all(query: Query, placement: Placement, visitor: Visitor) -> bool:
    """Whether nothing is ruled out but what is unavailable, or hidden by rules, for everybody."""
    asked = query.exclude or query.product_ids or query.seen or query.category or placement.new_only
    return not (asked or visitor.in_cart or visitor.just_bought)


def _blocked(query: Query, placement: Placement, candidates: Candidates) -> dict[str, str]:
    """Product id → why it is ruled out; of several reasons, the first of `WHY_NOT`."""
    visitor = candidates.visitor
    by_reason: tuple[tuple[str, Iterable[str]], ...] = (
        ("bought", visitor.bought if placement.new_only else ()),
        ("just_bought", visitor.just_bought),
        ("in_cart", visitor.in_cart),
        ("excluded", query.exclude),
        ("context", query.product_ids),
    )
    return {product_id: why for why, products in by_reason for product_id in products}


def _least_price(query: Query, catalog: Catalog, plan: Plan) -> float | None:
    if plan.price_floor is None or not query.product_ids:
        return None
    index = catalog.index_of(query.product_ids[0])
    price = math.nan if index is None else catalog.price(index)
    return None if math.isnan(price) else plan.price_floor * price


def any_hidden(candidates: Sequence[Candidate], *masks: Sequence[int] | None) -> bool:
    """Whether one of them is marked in one of the masks: (products,) 0 or 1; None: nothing is marked."""
    return any(mask is not None and any(mask[candidate[0]] for candidate in candidates) for mask in masks)
