"""Ask for recommendations inside the process: what the HTTP endpoints, and the pages, call.

recommendations.start()
recommendations.answer(Query(placement="for_you", visitor_id="7", customer_id="7"))
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Mapping
from typing import Any

import redis

from service.auth import KeyRing
from service.batching import BatchingReader
from service.follower import Follower
from service.gathering import Gatherer
from service.placement_file import load_placements
from service.preview import trace_of
from service.products import SHOWN_FIELDS, ProductRecords
from service.serving import Answer, Query, Trace, serve
from service.settings import Settings
from service.snapshot import Snapshot
from service.store.api_keys import all_hashes, ensure_admin_key, find_key, hash_key
from service.store.codec import REASONS
from service.store.keys import Keys
from service.store.reader import StoreReader

_SCORE_SCALE = 10_000
"""Scores are shown with four decimals; rounding to an integer is quicker than rounding to digits."""

_REASONS = tuple({"code": code, "product_id": None} for code in REASONS)
"""The reasons that name no product, made once: an answer has many of them."""


class Recommendations:
    """Everything that one process needs to answer; safe to share between threads.

    Attributes:
        placements: by name, as configured.
        follower: the live version's snapshot, and whether the store is up.
        keyring: who may call.
        at_first_contact: called once each, when the store is first reached; may raise RedisError.
    """

    def __init__(self, settings: Settings, client: redis.Redis) -> None:
        """Raises SettingsError where the configuration's placements are wrong. Does not call the store."""
        self.client = client
        self.keys = Keys(settings.key_prefix)
        self.placements = load_placements(settings.config)
        self.reader = StoreReader(client, self.keys)
        self.keyring = KeyRing(settings.admin_key)
        self.follower = Follower(self.reader, self._refresh_keys)
        self.records = ProductRecords(self.reader, self.follower)
        self._gatherer = Gatherer(BatchingReader(self.reader), self.follower)
        self.at_first_contact: list[Callable[[], None]] = []
        if settings.admin_key is None:
            self.at_first_contact.append(self._ensure_admin)

    def start(self) -> None:
        """Load the live version and follow it from now on; cheap to call again."""
        self.follower.start()

    def answer(self, query: Query) -> dict[str, Any]:
        """The answer as its JSON shows it, with a fresh recommendation_id as the first member."""
        placement = self.placements[query.placement]
        snapshot = self.follower.snapshot
        candidates = self._gatherer.gather(query, placement, snapshot)
        return self._render(query, snapshot, serve(query, placement, candidates, snapshot))

    def preview(self, query: Query) -> dict[str, Any]:
        """The same answer by the same function, and `trace`: how it came about."""
        placement = self.placements[query.placement]
        snapshot = self.follower.snapshot
        candidates = self._gatherer.gather(query, placement, snapshot, whole=True)
        trace = Trace()
        answer = self._render(query, snapshot, serve(query, placement, candidates, snapshot, trace))
        explained = self._explained(query, snapshot)
        return answer | {"trace": trace_of(query, placement, candidates, snapshot, trace, explained)}

    def role_of(self, key: str) -> str | None:
        """The role of a bearer key, or None; a key that is new to this process is looked up in the store."""
        role = self.keyring.role_of(key)
        if role is not None or not self.follower.store_up:
            return role
        try:
            found = find_key(self.client, self.keys, hash_key(key))
        except redis.RedisError as error:
            self.follower.failed(error)
            return None
        return found.role if found else None

    def _render(self, query: Query, snapshot: Snapshot, answer: Answer) -> dict[str, Any]:
        items = self._items(snapshot, answer)
        if query.include_product:
            records = self.records.of(snapshot, [candidate[0] for candidate in answer.items])
            for item, candidate in zip(items, answer.items, strict=True):
                item["product"] = _shown(records.get(candidate[0]))
        return {
            # Not uuid4: asking the system for randomness takes longer than finding the list.
            "recommendation_id": f"{random.getrandbits(128):032x}",
            "placement": query.placement,
            "visitor_id": query.visitor_id,
            "model_version": snapshot.version,
            "experiment": None,
            "fallback": answer.fallback,
            "items": items,
            "next_cursor": None,
        }

    @staticmethod
    def _items(snapshot: Snapshot, answer: Answer) -> list[dict[str, Any]]:
        ids = snapshot.ids
        return [
            {
                "product_id": ids[product],
                "rank": rank,
                "score": round(score * _SCORE_SCALE) / _SCORE_SCALE,
                "reason": _REASONS[code] if of < 0 else {"code": REASONS[code], "product_id": ids[of]},
            }
            for rank, (product, score, code, of) in enumerate(answer.items, start=1)
        ]

    def _explained(self, query: Query, snapshot: Snapshot) -> Mapping[str, Any] | None:
        if query.customer_id is None or snapshot.meta is None or not self.follower.store_up:
            return None
        try:
            return self.reader.explain(snapshot.meta, query.customer_id)
        except redis.RedisError as error:
            self.follower.failed(error)
            return None

    def _refresh_keys(self) -> None:
        while self.at_first_contact:
            self.at_first_contact[0]()
            self.at_first_contact.pop(0)
        self.keyring.replace({digest: key.role for digest, key in all_hashes(self.client, self.keys).items()})

    def _ensure_admin(self) -> None:
        made = ensure_admin_key(self.client, self.keys)
        if made is not None:
            print(f"Admin key, shown only now; keep it: {made}", file=sys.stderr, flush=True)


def _shown(record: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if record is None else {name: record.get(name) for name in SHOWN_FIELDS}
