"""The one pure function that turns candidates into an answer; the preview runs it with a trace.

It reads no clock, no store and no randomness: the same query over the same candidates gives the same
items. A step of it is: take the placement's own lists, drop what the query rules out, fill up from the
fallbacks in their order.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from service.placements import Placement

Candidate = tuple[int, float, int, int]
"""Product index, score, code of the reason (position in REASONS), index of the reason's product or -1."""

FALLBACKS = (
    "store_down",
    "cold_store",
    "unknown_visitor",
    "unknown_product",
    "no_context",
    "filled",
    "none",
)
"""Why an answer is not the placement's own list; an answer names the first that applies."""


class Query(NamedTuple):
    """One checked question.

    Attributes:
        placement: name of the placement.
        visitor_id: as asked; repeated in the answer.
        customer_id: the customer whose lists may be read for the visitor; None for an anonymous one.
        limit: items at most, 1 to 100.
        product_ids: the page's or the cart's products; never in the answer.
        exclude: product ids that must not be in the answer.
        category: only products at or below this path (`A > B`).
        include_product: whether each item carries the product's record.
    """

    placement: str = "for_you"
    visitor_id: str | None = None
    customer_id: str | None = None
    limit: int = 12
    product_ids: tuple[str, ...] = ()
    exclude: frozenset[str] = frozenset()
    category: str | None = None
    include_product: bool = False


class Candidates(NamedTuple):
    """What the store, or the process's copy of it, has for one query.

    Attributes:
        lists: candidates by list name, best first; a list that was not found is absent.
        bought: indices of the products that the customer bought.
        known_customer: whether the store knows the customer.
        known_context: whether at least one context product is in the catalogue.
        state: "store_down", "cold_store", or None where the live store answered.
    """

    lists: Mapping[str, Sequence[Candidate]]
    bought: Container[int] = frozenset()
    known_customer: bool = False
    known_context: bool = False
    state: str | None = None


class Answer(NamedTuple):
    """The chosen candidates, best first, and the fallback code (one of FALLBACKS) or None."""

    items: list[Candidate]
    fallback: str | None


class Catalog(Protocol):
    """What serving asks of the products: ids by index, a test for a category, and what nobody can order.

    Attributes:
        withdrawn: (products,) 1 for each product that must not be listed; None where there is none.
    """

    @property
    def withdrawn(self) -> Sequence[int] | None: ...

    def product_id(self, product: int, /) -> str: ...

    def in_category(self, category: str, /) -> Container[int]: ...


@dataclass
class Trace:
    """Filled by `serve`: each candidate that was looked at and passed over, as (list, candidate, why)."""

    dropped: list[tuple[str, Candidate, str]] = field(default_factory=list)


def serve(
    query: Query, placement: Placement, candidates: Candidates, catalog: Catalog, trace: Trace | None = None
) -> Answer:
    """The best `query.limit` candidates, no product twice; own sources first, then the fallbacks."""
    why_not = _Filter(query, placement, candidates, catalog)
    first = candidates.lists.get(placement.lists[0], ())
    if not why_not.rules_out and placement.sources and len(first) >= query.limit:
        # The common case: a list names no product twice.
        items = list(first[: query.limit])
        if not any_withdrawn(items, catalog.withdrawn):
            return Answer(items, candidates.state)
    items = []
    own = 0
    for name in placement.lists:
        for candidate in candidates.lists.get(name, ()):
            if len(items) == query.limit:
                break
            why = why_not(candidate[0])
            if why is None:
                items.append(candidate)
            elif trace is not None:
                trace.dropped.append((name, candidate, why))
        if name in placement.sources:
            own = len(items)
    return Answer(items, _fallback(query, placement, candidates, own, len(items)))


class _Filter:
    """Says why a product may not be listed (None: it may); each product passes at most once."""

    def __init__(self, query: Query, placement: Placement, candidates: Candidates, catalog: Catalog) -> None:
        self._context = query.product_ids
        self._exclude = query.exclude
        self._bought = candidates.bought if placement.new_only else ()
        self._category = catalog.in_category(query.category) if query.category else None
        self._product_id = catalog.product_id
        self._withdrawn = catalog.withdrawn
        self._seen: set[int] = set()
        # Most queries rule nothing out.
        self.rules_out = bool(placement.new_only or query.category or query.product_ids or query.exclude)

    def __call__(self, product: int) -> str | None:
        if product in self._seen:
            return "repeated"
        self._seen.add(product)
        if self._withdrawn is not None and self._withdrawn[product]:
            return "unavailable"
        return self._ruled_out(product) if self.rules_out else None

    def _ruled_out(self, product: int) -> str | None:
        if product in self._bought:
            return "bought"
        if self._category is not None and product not in self._category:
            return "category"
        if self._context or self._exclude:
            product_id = self._product_id(product)
            if product_id in self._context:
                return "context"
            if product_id in self._exclude:
                return "excluded"
        return None


def any_withdrawn(candidates: Sequence[Candidate], withdrawn: Sequence[int] | None) -> bool:
    """Whether one of them cannot be ordered; `withdrawn` as of `Catalog`."""
    return withdrawn is not None and any(withdrawn[candidate[0]] for candidate in candidates)


def _fallback(query: Query, placement: Placement, candidates: Candidates, own: int, total: int) -> str | None:
    if candidates.state is not None:
        return candidates.state
    if total == 0:
        return "none"
    if own == total:
        return None
    if placement.needs == "visitor" and not candidates.known_customer:
        return "unknown_visitor"
    if placement.needs == "context" and not candidates.known_context:
        return "unknown_product" if query.product_ids else "no_context"
    return "filled"
