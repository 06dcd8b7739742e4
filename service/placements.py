"""Placements: which candidates answer for a place on the shop's pages, and what fills them up.

A placement is configuration. The built-in ones are the table below; `[placements.NAME]` in the TOML
file that RECS_CONFIG names changes one or adds a new one, without code (`service.placement_file`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

CUSTOMER_LISTS = ("for_you", "discover", "buy_it_again")
ITEM_LISTS = ("similar_items", "bought_together")
GLOBAL_LISTS = ("trending", "new_arrivals", "popular")
"""The lists that a version can hold: one for each customer, one for each product, one for all."""

SESSION, RECENTLY_VIEWED = "session", "recently_viewed"
LIVE_LISTS = (SESSION, RECENTLY_VIEWED)
"""Made in the request from what the visitor did just now."""

LISTS = CUSTOMER_LISTS + ITEM_LISTS + GLOBAL_LISTS + LIVE_LISTS

CONTEXTS = ("page", "cart")
"""Where the products come from whose item lists are asked: the query's `product_id`, the visitor's cart."""

BUILT_IN: Mapping[str, Mapping[str, Any]] = {
    "for_you": {"sources": [{"list": SESSION, "at_most": 4}, "for_you"], "fallbacks": ["popular"]},
    "discover": {
        "sources": [{"list": SESSION, "at_most": 4}, "discover"],
        "fallbacks": ["popular"],
        "new_only": True,
    },
    "buy_it_again": {"sources": ["buy_it_again"], "fallbacks": ["popular"]},
    "similar_items": {"sources": ["similar_items"], "fallbacks": ["popular"]},
    "bought_together": {"sources": ["bought_together"], "fallbacks": ["similar_items", "popular"]},
    "trending": {"sources": ["trending"], "fallbacks": ["popular"]},
    "new_arrivals": {"sources": ["new_arrivals"], "fallbacks": ["popular"]},
    "recently_viewed": {"sources": [RECENTLY_VIEWED], "fallbacks": ["for_you", "popular"]},
}


@dataclass(frozen=True)
class Placement:
    """One place on a page.

    Attributes:
        name: what the query asks for.
        sources: the placement's own lists, in order; an answer made of these alone has no fallback.
        fallbacks: the lists that fill up what the sources leave open, in order.
        new_only: whether products that the customer bought are left out, also when filling.
        needs: "visitor" (a known customer, or a session), "context" (at least one known product) or None.
            Where the need is not met, the answer says `unknown_visitor`, `no_context` or `unknown_product`.
        quotas: source → items of it at most, as long as other sources can fill the rest.
        context: whose item lists are asked, out of `CONTEXTS`.
        max_items: items at most, whatever the query's limit; None: as the query says.
        max_per_category, max_per_brand: items of one category or brand at most; None: any number.
        discount_shown: what each impression without a click multiplies a product's score by; None: 1.
    """

    name: str
    sources: tuple[str, ...]
    fallbacks: tuple[str, ...]
    new_only: bool = False
    needs: str | None = None
    quotas: Mapping[str, int] = field(default_factory=dict)
    context: tuple[str, ...] = ("page",)
    max_items: int | None = None
    max_per_category: int | None = None
    max_per_brand: int | None = None
    discount_shown: float | None = None

    @cached_property
    def is_shaped(self) -> bool:
        """Whether its lists are not simply shown in the order in which they are published."""
        return bool(self.max_per_category or self.max_per_brand or self.discount_shown)

    @cached_property
    def lists(self) -> tuple[str, ...]:
        """The sources, then the fallbacks."""
        return self.sources + self.fallbacks


def placement_of(name: str, table: Mapping[str, Any]) -> Placement:
    """From a checked table, as `BUILT_IN` has them."""
    parts: list[dict[str, Any]] = [{"list": one} if isinstance(one, str) else one for one in table["sources"]]
    sources = tuple(part["list"] for part in parts)
    others = {key: value for key, value in table.items() if key not in ("sources", "fallbacks", "needs")}
    return Placement(
        name=name,
        sources=sources,
        fallbacks=tuple(table["fallbacks"]),
        needs=table.get("needs") or _need_of(sources),
        quotas={part["list"]: part["at_most"] for part in parts if "at_most" in part},
        **others | ({"context": tuple(table["context"])} if "context" in table else {}),
    )


def _need_of(sources: tuple[str, ...]) -> str | None:
    if any(name in CUSTOMER_LISTS + LIVE_LISTS for name in sources):
        return "visitor"
    if any(name in ITEM_LISTS for name in sources):
        return "context"
    return None
