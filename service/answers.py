"""An answer as JSON, and the answers given lately: most visitors ask again before anything has changed."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from service.cursor import encode_cursor
from service.fetching import Person, States
from service.lru import LRU
from service.products import ProductRecords, shown_fields
from service.query import Answer, Query
from service.snapshot import Snapshot
from service.store.codec import REASONS

KEPT_ANSWERS = 5_000
"""Some 2 kB each."""

MAX_NAMED = 50
"""Products that a question may name, for its answer to be kept: their ids can take 50 kB."""

_SCORE_SCALE = 10_000
"""Scores are shown with four decimals; rounding to an integer is quicker than rounding to digits."""

_REASONS = tuple({"code": code, "product_id": None} for code in REASONS)
"""The reasons that name no product, made once: an answer has many of them."""


class Prepared(NamedTuple):
    """An answer, but for its recommendation_id.

    Attributes:
        members: of the answer, as JSON: all that follows the recommendation_id and its comma.
        etag: of those.
        placement, fallback: for the metrics.
        until: seconds since 1970, until which the same question has this answer.
    """

    members: bytes
    etag: str
    placement: str
    fallback: str | None
    until: float

    def body(self) -> bytes:
        """The answer as JSON, under a recommendation_id of its own."""
        return b'{"recommendation_id":"%s",%s' % (new_id().encode(), self.members)


class KeptAnswer(NamedTuple):
    """An answer, and the states, as stored, of the person that it was made for."""

    states: Mapping[Person, States]
    answer: Prepared


def new_id() -> str:
    """A fresh recommendation_id. Not uuid4: asking the system for randomness takes longer than the rest."""
    return f"{random.getrandbits(128):032x}"


def prepared(answer: dict[str, Any], until: float) -> Prepared:
    """From the members of an answer, as `rendered` gave them."""
    members = orjson.dumps(answer)[1:]
    etag = hashlib.blake2b(members, digest_size=12).hexdigest()
    return Prepared(members, etag, answer["placement"], answer["fallback"], until)


def rendered(query: Query, snapshot: Snapshot, answer: Answer, records: ProductRecords) -> dict[str, Any]:
    """The members of an answer as its JSON shows them, all but the recommendation_id."""
    items = _items(query, snapshot, answer)
    if query.include_product:
        found = records.of(snapshot, [candidate[0] for candidate in answer.items])
        for item, candidate in zip(items, answer.items, strict=True):
            item["product"] = shown_fields(found.get(candidate[0]))
    return {
        "placement": query.placement,
        "visitor_id": query.visitor_id,
        "model_version": snapshot.version,
        "experiment": None,
        "fallback": answer.fallback,
        "items": items,
        "next_cursor": _next_cursor(query, snapshot, answer) if answer.has_more else None,
    }


def _next_cursor(query: Query, snapshot: Snapshot, answer: Answer) -> str | None:
    ids = snapshot.ids
    marks = ids.marks
    return encode_cursor(query.seen, [marks[one[0]] or ids.mark(one[0]) for one in answer.items])


def _reason(code: int, product_id: str) -> dict[str, str]:
    return {"code": REASONS[code], "product_id": product_id}


def _items(query: Query, snapshot: Snapshot, answer: Answer) -> list[dict[str, Any]]:
    ids = snapshot.ids
    known = ids.known  # most are: it saves a call for each
    return [
        {
            "product_id": known[product] or ids[product],
            "rank": rank,
            "score": round(score * _SCORE_SCALE) / _SCORE_SCALE,
            "reason": _REASONS[code] if of < 0 else _reason(code, known[of] or ids[of]),
        }
        for rank, (product, score, code, of) in enumerate(answer.items, start=1 + len(query.seen))
    ]


class KeptAnswers:
    """A bounded cache of the answers under one state of what all requests share; a new state empties it."""

    def __init__(self) -> None:
        # What they are of and the cache change together, in one assignment: threads share them.
        self._kept: tuple[object, object, object, LRU[Query, KeptAnswer]]
        self._kept = (None, None, None, LRU(KEPT_ANSWERS))

    def under(self, snapshot: object, rules: object, lists: object) -> LRU[Query, KeptAnswer]:
        """The answers given from this very snapshot, these very rules and lists; compared by identity."""
        of_snapshot, of_rules, of_lists, answers = self._kept
        if of_snapshot is not snapshot or of_rules is not rules or of_lists is not lists:
            answers = LRU(KEPT_ANSWERS)
            self._kept = (snapshot, rules, lists, answers)
        return answers
