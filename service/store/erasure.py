"""Taking a person out of the store: state, identity, entries of the stream, published lists.

The tombstones come first. Whoever publishes meanwhile looks at them after the pointer has moved, and this
looks at the pointer after they are there: one of the two finds the lists.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

import redis

from service.store.export_jobs import erase_from_jobs
from service.store.keys import Keys, bucket_of
from service.store.reader import StoreReader
from service.store.tombstones import bury, digest
from service.store.versions import VersionMissing, live
from service.store.visitor_state import VisitorState

_ENTRIES_A_LOOK = 2_000
"""Entries of the stream in one call, some milliseconds: nobody else is served meanwhile."""

# Looks through a part of the stream, which takes a fraction of what reading it would take. KEYS: the stream.
# ARGV: where to begin, entries to look at, n, n ids as JSON writes them, n ids. Returns where to go on ("":
# that was the end), and [entry, body] of those that hold an id; body nil where it is the customer's for sure.
_FIND = """
local page = redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])
local ids = tonumber(ARGV[3])
local found = {}
for _, entry in ipairs(page) do
  local body, customer
  for place = 1, #entry[2], 2 do
    if entry[2][place] == 'e' then body = entry[2][place + 1] end
    if entry[2][place] == 'c' then customer = entry[2][place + 1] end
  end
  for place = 4, 3 + ids do
    if customer == ARGV[place + ids] then
      found[#found + 1] = {entry[1], false}
      break
    elseif body and string.find(body, ARGV[place], 1, true) then
      found[#found + 1] = {entry[1], body}
      break
    end
  end
end
return {#page == tonumber(ARGV[2]) and '(' .. page[#page][1] or '', found}
"""


# KEYS: the pointer. Also while the store is full, as `bury` does it.
_TELL = """#!lua flags=allow-oom
return redis.call('HINCRBY', KEYS[1], 'erasures', 1)
"""


@dataclass(frozen=True)
class Erased:
    """Who was taken out of the store, and how much of them.

    Attributes:
        customer: the customer that the id is, or was identified as; None where none is known.
        ids: all ids of the person: the one asked for, the customer's, those of the customer's visitors.
        states: what they did lately, one each.
        events: entries of the stream.
        lists: published lists and explanations, of the live version and the one before.
    """

    customer: str | None
    ids: frozenset[str]
    states: int
    events: int
    lists: int


def erase_person(client: redis.Redis, keys: Keys, id: str, at_ms: int) -> Erased:
    """Take out all that the store has of a person, who may be unknown, and leave tombstones.

    To erase again is safe, and finishes what an attempt that failed half-way has left.

    Args:
        id: of a visitor or a customer.
        at_ms: what the tombstones say, in ms since 1970.

    Raises:
        redis.RedisError: the store is away; the tombstones may be there already.
    """
    customer = VisitorState.parse(cast(bytes | None, client.get(keys.visitor(id)))).customer
    ids = _ids_of(client, keys, id, customer)
    bury(client, keys, {digest(one): at_ms for one in ids})
    is_customer = bool(client.exists(keys.customer(id), keys.visitors_of(id)))
    # The stream first: it is what a later event of the person would be recorded in again.
    events = _erase_events(client, keys, ids)
    states = client.unlink(*(key for one in ids for key in (keys.visitor(one), keys.customer(one))))
    client.unlink(*map(keys.visitors_of, ids))
    of_customer = erase_published_lists(client, keys, [id])
    lists = of_customer + erase_published_lists(client, keys, ids - {id})
    erase_from_jobs(client, keys, ids)
    tell_of_erasure(client, keys)
    if customer is None and (is_customer or of_customer):
        customer = id
    return Erased(customer, ids, states, events, lists)


def erase_published_lists(client: redis.Redis, keys: Keys, ids: Collection[str]) -> int:
    """Remove these customers from the live version and the one before it; returns what `erase_lists` does."""
    pointer = live(client, keys)
    versions = [one for one in (pointer.version, pointer.previous) if one] if pointer else []
    return sum(erase_lists(client, keys, version, ids) for version in versions)


def erase_lists(client: redis.Redis, keys: Keys, version: str, ids: Collection[str]) -> int:
    """Remove all that a version has of these customers; returns how many lists and explanations that was."""
    try:
        buckets = StoreReader(client, keys).meta(version).buckets
    except VersionMissing:
        return 0
    places = [(keys.lists(version, "customer", name), n) for name, n in buckets["customer"].items()]
    places += [(keys.explain(version), n) for n in buckets["explain"].values()]
    pipeline = client.pipeline(transaction=False)
    for customer_id in ids:
        field = customer_id.encode()
        for prefix, n in places:
            pipeline.hdel(f"{prefix}{bucket_of(field, n)}", cast(str, field))
    return sum(pipeline.execute())


def tell_of_erasure(client: redis.Redis, keys: Keys) -> None:
    """Make every process drop the lists that it holds, with its next look at the pointer."""
    client.eval(_TELL, 1, keys.live)


def _ids_of(client: redis.Redis, keys: Keys, id: str, customer: str | None) -> frozenset[str]:
    ids = {id} if customer is None else {id, customer}
    visitors = [cast(set[bytes], client.smembers(keys.visitors_of(one))) for one in ids]
    return frozenset(ids).union(visitor.decode() for found in visitors for visitor in found)


def _erase_events(client: redis.Redis, keys: Keys, ids: Collection[str]) -> int:
    """Delete the persons' entries that the stream holds now, whether a worker has taken them or not."""
    quoted = [json.dumps(one, ensure_ascii=False) for one in ids]
    erased, start = 0, "-"
    while start:
        reply = client.eval(_FIND, 1, keys.events, start, _ENTRIES_A_LOOK, len(quoted), *quoted, *ids)
        start, found = reply[0].decode(), reply[1]
        theirs = [entry for entry, body in found if body is None or _is_of(body, ids)]
        if theirs:
            erased += client.xdel(keys.events, *theirs)
    return erased


def _is_of(body: bytes, ids: Collection[str]) -> bool:
    """Whether the id that was found in it is the visitor's or customer's, and not a product's, say."""
    event = json.loads(body)
    return event.get("visitor_id") in ids or event.get("customer_id") in ids
