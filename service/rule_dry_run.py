"""What a draft of the rules would change: the lists of a sample of visitors, before and after."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from service.placements import Placement
from service.query import Query
from service.recommendations import Recommendations
from service.rules.book import RuleBook

MAX_VISITORS = 50
DEFAULT_SAMPLE = 20

_CUSTOMERS = "for_you"
"""The list that every customer has."""


@dataclass(frozen=True)
class Changed:
    """One visitor's list.

    Attributes:
        visitor_id: None: an anonymous one.
        product_ids: of the page.
        before, after: product ids, best first.
        vanished: what only the list before has, each with why (a code of the trace, or "outranked").
        entered: what only the list after has.
    """

    visitor_id: str | None
    product_ids: tuple[str, ...]
    before: list[str]
    after: list[str]
    vanished: dict[str, str]
    entered: list[str]


@dataclass(frozen=True)
class DryRun:
    """What changes for the whole sample.

    Attributes:
        limit: slots of each list.
        lists: visitor by visitor.
    """

    placement: str
    at: float
    limit: int
    lists: list[Changed]

    def summary(self) -> dict[str, Any]:
        """Figures over all lists; products with the number of lists that they vanish from or come into."""
        return {
            "lists": len(self.lists),
            "changed": sum(one.before != one.after for one in self.lists),
            "empty_slots": {
                "before": sum(self.limit - len(one.before) for one in self.lists),
                "after": sum(self.limit - len(one.after) for one in self.lists),
            },
            "vanished": _counted(product for one in self.lists for product in one.vanished),
            "entered": _counted(product for one in self.lists for product in one.entered),
        }


def dry_run(
    service: Recommendations,
    draft: RuleBook,
    placement: str,
    limit: int,
    visitors: Sequence[str | None],
    product_ids: Sequence[str] = (),
    at: float | None = None,
) -> DryRun:
    """Answer each visitor by the live rules and by the draft, as the preview does; counts as no impression.

    Args:
        placement: its name.
        product_ids: of the page; none, where the placement needs some: a popular product for each visitor.
        at: seconds since 1970, for both; default: now.
    """
    at = time.time() if at is None else at
    pages = _pages(service, service.placements[placement], product_ids, len(visitors))
    lists = [
        _changed(
            service,
            draft,
            Query(placement, visitor_id=visitor, customer_id=visitor, limit=limit, product_ids=page),
            at,
        )
        for visitor, page in zip(visitors, pages, strict=True)
    ]
    return DryRun(placement, at, limit, lists)


def sample_of_visitors(service: Recommendations, count: int) -> list[str | None]:
    """An anonymous visitor, and customers up to `count`: the same ones each time, so that runs compare.

    Raises:
        redis.RedisError: the store is away.
    """
    meta = service.follower.snapshot.meta
    if meta is None:
        return [None]
    customers = islice(service.reader.customer_lists(meta, _CUSTOMERS), count - 1)
    return [None, *(customer_id for customer_id, _ in customers)]


def _pages(
    service: Recommendations, placement: Placement, product_ids: Sequence[str], count: int
) -> list[tuple[str, ...]]:
    snapshot = service.follower.snapshot
    popular = snapshot.global_lists.get("popular", ())
    if product_ids or placement.needs != "context" or not popular:
        return [tuple(product_ids)] * count
    return [(snapshot.product_id(popular[place % len(popular)][0]),) for place in range(count)]


def _changed(service: Recommendations, draft: RuleBook, query: Query, at: float) -> Changed:
    before = _ids(service.preview(query, at=at))
    answer = service.preview(query, rules=draft, at=at)
    after = _ids(answer)
    why = {one["product_id"]: one["why"] for one in answer["trace"]["dropped"] if one["why"] != "repeated"}
    return Changed(
        query.visitor_id,
        query.product_ids,
        before,
        after,
        vanished={product: why.get(product, "outranked") for product in before if product not in after},
        entered=[product for product in after if product not in before],
    )


def _ids(answer: dict[str, Any]) -> list[str]:
    return [item["product_id"] for item in answer["items"]]


def _counted(products: Any) -> list[dict[str, Any]]:
    return [{"product_id": product, "lists": count} for product, count in Counter(products).most_common()]
