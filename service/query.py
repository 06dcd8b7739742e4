"""What serving is asked, what it answers from, and what it answers with."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from service.visitor import NOBODY, Visitor

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
        customer_id: the customer whose lists may be read for the visitor where the visitor was not
            identified as another; None for an anonymous one.
        limit: items at most, 1 to 100.
        product_ids: the page's or the cart's products; never in the answer.
        exclude: product ids that must not be in the answer.
        category: only products at or below this path (`A > B`).
        include_product: whether each item carries the product's record.
        seen: what earlier pages of the same answer held (`service.cursor`); not in this one.
        page_id: of the shop's page, on which no product stands twice; None: that does not matter.
    """

    placement: str = "for_you"
    visitor_id: str | None = None
    customer_id: str | None = None
    limit: int = 12
    product_ids: tuple[str, ...] = ()
    exclude: frozenset[str] = frozenset()
    category: str | None = None
    include_product: bool = False
    seen: tuple[int, ...] = ()
    page_id: str | None = None

    @property
    def named(self) -> int:
        """How many products it names."""
        return len(self.exclude) + len(self.product_ids) + len(self.seen)


class Candidates(NamedTuple):
    """What the store, or the process's copy of it, has for one query.

    Attributes:
        lists: candidates by list name, best first; a list that was not found is absent.
        bought: indices of the products that the customer bought.
        known_customer: whether the store knows the customer.
        known_context: whether at least one context product is in the catalogue.
        state: "store_down", "cold_store", or None where the live store answered.
        visitor: what the visitor did lately.
        customer_id: the customer that the visitor is, as far as the store knows one.
    """

    lists: Mapping[str, Sequence[Candidate]]
    bought: Container[int] = frozenset()
    known_customer: bool = False
    known_context: bool = False
    state: str | None = None
    visitor: Visitor = NOBODY
    customer_id: str | None = None


class Answer(NamedTuple):
    """The chosen candidates.

    Attributes:
        items: best first.
        fallback: one of FALLBACKS, or None.
        has_more: whether a next page would have something.
    """

    items: list[Candidate]
    fallback: str | None
    has_more: bool = False


class Catalog(Protocol):
    """What serving asks of the products: ids by index, a test for a category, and what nobody can order.

    Attributes:
        withdrawn: (products,) 1 for each product that must not be listed; None where there is none.
    """

    @property
    def withdrawn(self) -> Sequence[int] | None: ...

    def product_id(self, product: int, /) -> str: ...

    def in_category(self, category: str, /) -> Container[int]: ...

    def index_of(self, product_id: str, /) -> int | None: ...

    def price(self, product: int, /) -> float:
        """NaN where it is not known."""

    def category_codes(self) -> Sequence[int]:
        """(products,) the same code for the same category, 0 for none."""

    def brand_codes(self) -> Sequence[int]:
        """(products,) the same code for the same brand, 0 for none."""


@dataclass
class Trace:
    """Filled by `serve`: each candidate that was looked at and passed over, as (list, candidate, why)."""

    dropped: list[tuple[str, Candidate, str]] = field(default_factory=list)
