"""Keeps the queries of one page of the shop from showing a product twice, though they come one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TypeVar

from redis import RedisError, ResponseError

from service.follower import Follower
from service.metrics import STORE_ERRORS
from service.query import Query
from service.store.page_products import PageProducts

_ATTEMPTS = 40
"""Queries of one page that come at the same moment put their products on it one after the other: each round,
one of them gets through."""

T = TypeVar("T")


class PageMemory:
    """Knows what the other queries of a page show, as long as the store is up; else it rules nothing out."""

    def __init__(self, pages: PageProducts, follower: Follower) -> None:
        self._pages = pages
        self._follower = follower

    def shown_by_others(self, query: Query) -> frozenset[str]:
        """What the page shows already, but for this query's own earlier answer."""
        if query.page_id is None or not self._follower.store_up:
            return frozenset()
        try:
            return self._pages.of_others(*_page([query]))[0]
        except RedisError as error:
            self._follower.failed(error)
            return frozenset()

    def without_repeats(
        self,
        queries: Sequence[Query],
        answered: Callable[[frozenset[str]], T],
        product_ids: Callable[[T], Sequence[str]],
    ) -> T:
        """The answer to queries of one page that were asked together.

        Args:
            queries: at least one; all of one page and one visitor.
            answered: makes the answer without these products.
            product_ids: what an answer shows.
        """
        page = _page(queries)
        answer = None
        try:
            for _ in range(_ATTEMPTS):
                others, revision = self._pages.of_others(*page)
                answer = answered(others)
                if self._pages.put(*page, product_ids(answer), revision):
                    break
        except ResponseError:
            STORE_ERRORS.inc()  # a full store takes no page, and still answers
        except RedisError as error:
            self._follower.failed(error)
        return answered(frozenset()) if answer is None else answer


def _page(queries: Sequence[Query]) -> tuple[str | None, str, str]:
    visitor_id = next((one.visitor_id for one in queries if one.visitor_id is not None), None)
    return visitor_id, queries[0].page_id or "", _told_apart(queries)


def _told_apart(queries: Sequence[Query]) -> str:
    """The same for the same questions, whoever asks."""
    asked = [(q.placement, q.limit, q.product_ids, sorted(q.exclude), q.category, q.seen) for q in queries]
    return hashlib.blake2b(repr(asked).encode(), digest_size=12).hexdigest()
