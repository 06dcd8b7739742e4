"""Ask for recommendations inside the process: what the HTTP endpoints, and the pages, call.

recommendations.start()
recommendations.answer(Query(placement="for_you", visitor_id="7", customer_id="7"))
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import redis

from service.answers import MAX_NAMED, KeptAnswer, KeptAnswers, Prepared, new_id, prepared, rendered
from service.auth import KeyRing
from service.fetching import Fetched, Fetcher, Person, States
from service.follower import Follower
from service.gathering import Gatherer
from service.page_memory import PageMemory
from service.placement_file import load_placements
from service.preview import trace_of
from service.products import ProductRecords
from service.query import Candidates, Query, Trace
from service.rules.book import RuleBook
from service.rules.plan import Plan
from service.serving import serve
from service.settings import Settings
from service.snapshot import Snapshot
from service.store.api_keys import all_hashes, ensure_admin_key, find_key, hash_key
from service.store.keys import Keys
from service.store.page_products import PageProducts
from service.store.reader import StoreReader


class _Made(NamedTuple):
    """What an answer was made by, made of, and its members."""

    plan: Plan
    candidates: Candidates
    members: dict[str, Any]


class Recommendations:
    """Everything that one process needs to answer; safe to share between threads.

    Attributes:
        placements: by name, as configured.
        follower: the live version's snapshot, and whether the store is up.
        keyring: who may call.
        at_first_contact: called once each, when the store is first reached; may raise RedisError.
    """

    def __init__(
        self,
        settings: Settings,
        client: redis.Redis,
        semaphore: Callable[[int], Any] = threading.Semaphore,
    ) -> None:
        """Does not call the store.

        Args:
            semaphore: what requests that come together wait at.

        Raises:
            SettingsError: the configuration's placements are wrong.
        """
        self.client = client
        self.keys = Keys(settings.key_prefix)
        self.placements = load_placements(settings.config)
        self.reader = StoreReader(client, self.keys)
        self.keyring = KeyRing(settings.admin_key)
        self.follower = Follower(self.reader, self._refresh_keys)
        self.records = ProductRecords(self.reader, self.follower)
        self._fetcher = Fetcher(self.reader, self.keys, self.follower, semaphore)
        self._gatherer = Gatherer(self._fetcher)
        self._kept_answers = KeptAnswers()
        self._pages = PageMemory(PageProducts(client, self.keys), self.follower)
        self.at_first_contact: list[Callable[[], None]] = []
        if settings.admin_key is None:
            self.at_first_contact.append(self._ensure_admin)

    def start(self) -> None:
        """Load the live version and follow it from now on; cheap to call again."""
        self.follower.start()

    def prepared(self, query: Query) -> Prepared:
        """The answer as its JSON shows it, but for the recommendation_id."""
        if query.page_id is None:
            return self._prepared(query)
        (members,) = self.page([query])
        del members["recommendation_id"]  # each sending has one of its own
        return prepared(members, until=0)

    def _prepared(self, query: Query) -> Prepared:
        asked = (query, self.placements[query.placement])
        snapshot, rules = self.follower.snapshot, self.follower.rules
        now = time.time()
        kept = self._kept_answers.under(snapshot, rules, self._fetcher.follow(snapshot))
        # No cache delays an event's effect: an answer holds for the visitor's state as it is now.
        states: dict[Person, States] = {}
        known = kept.get(query)
        if known is not None and self._fetcher.state is None:
            states = self._fetcher.states(query)
            if known.states == states and now < known.answer.until and self._fetcher.state is None:
                return known.answer
        (fetched,) = self._fetcher.fetch([asked], snapshot, states)
        made = self._made(query, fetched, snapshot, rules, now)
        answer = prepared(made.members, min(made.plan.until, made.candidates.visitor.until))
        # While the store is away an answer lacks what could not be fetched.
        if self._fetcher.state is None and query.named <= MAX_NAMED and kept.seen_before(query):
            kept.put(query, KeptAnswer(fetched.by_person(query), answer))
        return answer

    def answer(self, query: Query) -> dict[str, Any]:
        """The answer as its JSON shows it, with a fresh recommendation_id as the first member."""
        (answer,) = self.answers([query])
        return answer

    def page(self, queries: Sequence[Query]) -> list[dict[str, Any]]:
        """The answers to the queries of one page, in their order.

        Where they name a page_id, no product stands in two of them, nor in what the page showed before; the
        earlier query has it.
        """
        if not queries or queries[0].page_id is None or not self.follower.store_up:
            return self.answers(queries)
        return self._pages.without_repeats(
            queries,
            lambda shown: self.answers(queries, shown),
            lambda answers: [item["product_id"] for answer in answers for item in answer["items"]],
        )

    def answers(self, queries: Sequence[Query], shown: frozenset[str] | None = None) -> list[dict[str, Any]]:
        """The answers to several queries, in their order; one round trip for what is the visitors' own.

        Args:
            shown: what the page shows already: it is in no answer, and no product is in two; None: that does
                not matter.
        """
        snapshot, rules = self.follower.snapshot, self.follower.rules
        asked = [(query, self.placements[query.placement]) for query in queries]
        now = time.time()
        answers: list[dict[str, Any]] = []
        for query, fetched in zip(queries, self._fetcher.fetch(asked, snapshot), strict=True):
            if shown is not None:
                query = query._replace(exclude=query.exclude | shown)
            members = self._made(query, fetched, snapshot, rules, now).members
            answers.append({"recommendation_id": new_id()} | members)
            if shown is not None:
                shown |= {item["product_id"] for item in members["items"]}
        return answers

    def preview(self, query: Query, rules: RuleBook | None = None, at: float | None = None) -> dict[str, Any]:
        """The same answer by the same functions, and `trace`: how it came about.

        Args:
            rules: in place of the live ones, such as a draft.
            at: seconds since 1970, as if it were then; default: now.
        """
        query = query._replace(exclude=query.exclude | self._pages.shown_by_others(query))
        asked = (query, self.placements[query.placement])
        snapshot = self.follower.snapshot
        (fetched,) = self._fetcher.fetch([asked], snapshot)
        at = time.time() if at is None else at
        book = self.follower.rules if rules is None else rules
        trace = Trace()
        plan, candidates, members = self._made(query, fetched, snapshot, book, at, trace)
        explained = self._explained(candidates, snapshot)
        told = trace_of(*asked, candidates, snapshot, trace, plan, explained)
        return {"recommendation_id": new_id()} | members | {"trace": told}

    def _made(
        self,
        query: Query,
        fetched: Fetched,
        snapshot: Snapshot,
        rules: RuleBook,
        at: float,
        trace: Trace | None = None,
    ) -> _Made:
        """The one way from what was fetched to an answer; live, on a page, and in a preview."""
        asked = (query, self.placements[query.placement])
        plan = rules.plan_for(
            snapshot, query.placement, fetched.segment, query.product_ids, at, query.category
        )
        candidates = self._gatherer.candidates(asked, fetched, snapshot, at)
        served = serve(*asked, candidates, snapshot, trace, plan)
        return _Made(plan, candidates, rendered(query, snapshot, served, self.records))

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

    def _explained(self, candidates: Candidates, snapshot: Snapshot) -> Mapping[str, Any] | None:
        if candidates.customer_id is None or snapshot.meta is None or not self.follower.store_up:
            return None
        try:
            return self.reader.explain(snapshot.meta, candidates.customer_id)
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
