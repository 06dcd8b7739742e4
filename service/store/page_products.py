"""What a page of the shop shows already: for queries that come one by one and must not repeat each other.

A page is a hash: query → the product ids of its answer, and `#`, how often the page has changed. A query
asked again replaces what it showed; so an answer can be asked for again, and a page be loaded again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import cast

import redis

from service.store.keys import Keys

KEPT_S = 600
"""A page is put together within seconds; a visitor stays on it for minutes."""

MAX_QUERIES = 100
"""Of one page; what further ones show is not noted, for each query reads all of it."""

_REVISION = b"#"

# KEYS: the page. ARGV: the revision last seen, query, its products as JSON, seconds to live, queries at most.
_PUT = """
if (redis.call('HGET', KEYS[1], '#') or '0') ~= ARGV[1] then return 0 end
local queries = redis.call('HLEN', KEYS[1])
if queries > tonumber(ARGV[5]) and redis.call('HEXISTS', KEYS[1], ARGV[2]) == 0 then return 1 end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
redis.call('HINCRBY', KEYS[1], '#', 1)
if queries == 0 then redis.call('EXPIRE', KEYS[1], ARGV[4]) end
return 1
"""


class PageProducts:
    """Pages in the store. All methods raise redis.RedisError while it is away."""

    def __init__(self, client: redis.Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    def of_others(self, visitor_id: str | None, page_id: str, query: str) -> tuple[frozenset[str], str]:
        """What the page's other queries show, and the page's revision.

        Args:
            query: tells the queries of a page apart.
        """
        stored = self._client.hgetall(self._keys.page(visitor_id, page_id))
        page = cast(dict[bytes, bytes], stored)
        revision = page.pop(_REVISION, b"0").decode()
        page.pop(query.encode(), None)
        return frozenset(product for shown in page.values() for product in json.loads(shown)), revision

    def put(
        self, visitor_id: str | None, page_id: str, query: str, product_ids: Sequence[str], revision: str
    ) -> bool:
        """Note what a query shows; False: the page has changed since `revision`, and nothing was noted."""
        key = self._keys.page(visitor_id, page_id)
        shown = json.dumps(list(product_ids), ensure_ascii=False)
        return bool(self._client.eval(_PUT, 1, key, revision, query, shown, KEPT_S, MAX_QUERIES))
