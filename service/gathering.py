"""Brings together what one query may be answered from: one round trip to the store at most.

What the process's snapshot has is not fetched. With the store away the snapshot is all there is.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from redis import RedisError

from service.batching import BatchingReader
from service.follower import Follower
from service.placements import CUSTOMER_LISTS, ITEM_LISTS, Placement
from service.serving import Candidate, Candidates, Query, any_withdrawn
from service.snapshot import Snapshot
from service.store.codec import decode_indices, decode_list
from service.store.reader import Wanted

BOUGHT = "bought"
"""The customer list that names everything the customer bought."""


class Gatherer:
    """Reads candidates from the store while it is up, else from the snapshot."""

    def __init__(self, reader: BatchingReader, follower: Follower) -> None:
        self._reader = reader
        self._follower = follower

    def gather(
        self, query: Query, placement: Placement, snapshot: Snapshot, *, whole: bool = False
    ) -> Candidates:
        """The candidates for a query; `whole`: also those that an answer cannot reach, for a trace."""
        packed = self._packed(_keys(query, placement), snapshot)
        return Candidates(
            lists=_lists(query, placement, packed, snapshot, whole),
            bought=_bought(query, packed),
            known_customer="customer" in [key[0] for key in packed],
            known_context=_known_context(query, placement, packed, snapshot),
            # Asked after the read: a call that failed just now has opened the circuit.
            state=self._state(),
        )

    def _packed(self, keys: Sequence[Wanted], snapshot: Snapshot) -> dict[Wanted, bytes]:
        packed: dict[Wanted, bytes] = {}
        missing: list[Wanted] = []
        for key in keys:
            held = snapshot.item_lists.get(key[1:]) if key[0] == "item" else None
            if held is None:
                missing.append(key)
            else:
                packed[key] = held
        if not missing or snapshot.meta is None or not self._follower.store_up:
            return packed
        try:
            found = self._reader.read(snapshot.meta, missing)
        except RedisError as error:
            self._follower.failed(error)
            return packed
        for key, value in zip(missing, found, strict=True):
            if value is not None:
                packed[key] = value
        return packed

    def _state(self) -> str | None:
        if not self._follower.store_up:
            return "store_down"
        return "cold_store" if self._follower.cold else None


def _keys(query: Query, placement: Placement) -> list[Wanted]:
    keys: list[Wanted] = []
    for name in placement.lists:
        if name in CUSTOMER_LISTS and query.customer_id is not None:
            keys.append(("customer", name, query.customer_id))
        elif name in ITEM_LISTS:
            keys += [("item", name, product_id) for product_id in query.product_ids]
    # Every known customer has a for_you list; the other lists can be empty for one who is known.
    unsure = placement.needs == "visitor" and "for_you" not in placement.lists
    if query.customer_id is not None and (placement.new_only or unsure):
        keys.append(("customer", BOUGHT, query.customer_id))
    return keys


def _lists(
    query: Query, placement: Placement, packed: dict[Wanted, bytes], snapshot: Snapshot, whole: bool
) -> dict[str, Sequence[Candidate]]:
    lists: dict[str, Sequence[Candidate]] = {}
    for name in placement.lists:
        if name in ITEM_LISTS:
            of_context = [value for key, value in packed.items() if key[1] == name]
            lists[name] = _merged([decode_list(value) for value in of_context])
        elif name in CUSTOMER_LISTS and query.customer_id is not None:
            value = packed.get(("customer", name, query.customer_id))
            first = name == placement.lists[0] and not whole
            if value is not None:
                lists[name] = _decoded(value, _enough(query, placement) if first else None, snapshot)
        elif name in snapshot.global_lists:
            lists[name] = snapshot.global_lists[name]
    return lists


def _decoded(value: bytes, enough: int | None, snapshot: Snapshot) -> list[Candidate]:
    """So much of a list as is enough; all of it where some of that cannot be ordered."""
    candidates = decode_list(value, enough)
    if enough is not None and any_withdrawn(candidates, snapshot.withdrawn):
        return decode_list(value)
    return candidates


def _enough(query: Query, placement: Placement) -> int | None:
    """How far into its first list an answer can reach; None: that depends on the products."""
    if query.category or placement.new_only:
        return None
    return query.limit + len(query.exclude) + len(query.product_ids)


def _merged(lists: list[list[Candidate]]) -> Sequence[Candidate]:
    """Several products' lists as one: scores add up, the reason is that of the largest share."""
    if len(lists) == 1:
        return lists[0]
    total: dict[int, float] = {}
    largest: dict[int, Candidate] = {}
    for candidate in (candidate for one in lists for candidate in one):
        product, score = candidate[:2]
        total[product] = total.get(product, 0.0) + score
        if product not in largest or score > largest[product][1]:
            largest[product] = candidate
    ranked = sorted(total, key=lambda product: (-total[product], product))
    return [(product, total[product], *largest[product][2:]) for product in ranked]


def _bought(query: Query, packed: dict[Wanted, bytes]) -> Container[int]:
    value = packed.get(("customer", BOUGHT, query.customer_id)) if query.customer_id is not None else None
    return frozenset(decode_indices(value).tolist()) if value is not None else frozenset()


def _known_context(
    query: Query, placement: Placement, packed: dict[Wanted, bytes], snapshot: Snapshot
) -> bool:
    if placement.needs != "context":
        return False
    if any(scope == "item" for scope, _, _ in packed):
        return True
    return any(snapshot.knows_product(product_id) for product_id in query.product_ids)
