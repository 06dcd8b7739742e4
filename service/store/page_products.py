"""What a page of the shop shows already: for queries that come one by one and must not repeat each other.

A page is a hash: query → the product ids of its answer, and `#`, how often the page has changed. A query
asked again replaces what it showed; so an answer can be asked for again, and a page be loaded again.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import redis

from service.store.keys import Keys
from service.store.lua import Script
from service.store.round_trip import RoundTrips

KEPT_S = 600
"""A page is put together within seconds; a visitor stays on it for minutes."""

MAX_QUERIES = 100
"""Of one page; what further ones show is not noted, for each query reads all of it."""

_REVISION = b"#"

_PUT = Script("page_products.lua")


class PageProducts:
    """Pages in the store. All methods raise redis.RedisError while it is away."""

    def __init__(self, client: redis.Redis, keys: Keys) -> None:
        self._round_trips = RoundTrips(client)
        self._keys = keys

    def of_others(self, visitor_id: str | None, page_id: str, query: str) -> tuple[frozenset[str], str]:
        """What the page's other queries show, and the page's revision.

        Args:
            query: tells the queries of a page apart.
        """
        (stored,) = self._round_trips.replies([("HGETALL", self._keys.page(visitor_id, page_id))])
        page: dict[bytes, bytes] = dict(zip(stored[::2], stored[1::2], strict=True))
        revision = page.pop(_REVISION, b"0").decode()
        page.pop(query.encode(), None)
        return frozenset(product for shown in page.values() for product in orjson.loads(shown)), revision

    def put(
        self, visitor_id: str | None, page_id: str, query: str, product_ids: Sequence[str], revision: str
    ) -> bool:
        """Note what a query shows; False: the page has changed since `revision`, and nothing was noted."""
        key = self._keys.page(visitor_id, page_id)
        arguments = (revision, query, orjson.dumps(list(product_ids)), str(KEPT_S), str(MAX_QUERIES))
        command = ("EVALSHA", _PUT.digest, "1", key, *arguments)
        return self._round_trips.script_replies(_PUT, [command]) == [1]
