"""Answers for a whole audience, by the very functions that make the live ones, some thousand at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import redis

from service.exports.request import ROWS, ExportRequest, own_list
from service.fetching import Fetcher
from service.follower import Follower
from service.gathering import Gatherer
from service.placements import Placement
from service.products import ProductRecords
from service.query import Candidate, Query
from service.rules.book import RuleBook
from service.rules.document import rules_of
from service.serving import serve
from service.snapshot import load_snapshot
from service.store.keys import Keys
from service.store.reader import StoreReader

Answers = list[tuple[str, list[Candidate]]]
"""Customers and what they get, best first."""


class AudienceAnswers:
    """Answers by one version and one revision of the rules, as they are at the moment of sending.

    Attributes:
        snapshot: of the version.
    """

    def __init__(
        self,
        client: redis.Redis,
        keys: Keys,
        placement: Placement,
        request: ExportRequest,
        at: float,
        version: str,
        rules: int,
    ) -> None:
        """`at`: of the sending, in seconds since 1970.

        Raises:
            redis.RedisError: the store is away, or no longer holds the version or the rules.
        """
        self._reader = StoreReader(client, keys)
        self._request = request
        self._at = at
        # Rows are what is the customer's own; a mail has a place for each product, and none may be empty.
        self._placement = replace(placement, fallbacks=()) if request.layout == ROWS else placement
        self.snapshot = load_snapshot(self._reader, version)
        self._rules = RuleBook(rules_of(self._reader.rules(rules)), rules) if rules else RuleBook()
        # Nothing is followed: a version that is replaced meanwhile is served to the end.
        follower = Follower(self._reader, lambda: None)
        follower.store_up, follower.cold = True, False
        self._follower = follower
        self._fetcher = Fetcher(self._reader, keys, follower)
        self._gatherer = Gatherer(self._fetcher)
        self._records = ProductRecords(self._reader, follower)

    def audience(self) -> list[str]:
        """The customers asked for, each once, sorted; those without a list included if they were named."""
        named = self._request.customer_ids
        if named is not None:
            return sorted(set(named))
        assert self.snapshot.meta is not None
        list_name = own_list(self._placement) or "for_you"
        return sorted(one for one, _ in self._reader.customer_lists(self.snapshot.meta, list_name))

    def of(self, customers: Sequence[str]) -> Answers:
        """What each of these customers gets; nothing for one whom the version does not know.

        Raises:
            redis.RedisError: the store went away.
        """
        request = self._request
        asked = [
            # Without a visitor: what is sent to a customer is that customer's, whoever else uses the id.
            (Query(request.placement, None, customer, request.limit), self._placement)
            for customer in customers
        ]
        answers: Answers = []
        everything = zip(customers, asked, self._fetcher.fetch(asked, self.snapshot), strict=True)
        for customer, one, fetched in everything:
            plan = self._rules.plan_for(self.snapshot, request.placement, fetched.segment, (), self._at)
            candidates = self._gatherer.candidates(one, fetched, self.snapshot, self._at)
            items = serve(*one, candidates, self.snapshot, None, plan).items if fetched.is_customer else []
            answers.append((customer, items))
        self._require_store()
        return answers

    def records(self, answers: Answers) -> Mapping[int, Mapping[str, Any]]:
        """The catalogue's records of the products in some answers, by product index; raises as `of`."""
        products = list(dict.fromkeys(item[0] for _, items in answers for item in items))
        found = self._records.of(self.snapshot, products)
        self._require_store()
        return found

    def _require_store(self) -> None:
        """The live path serves on without the store; a file that lacks what could not be read must not be."""
        if not self._follower.store_up:
            raise redis.ConnectionError("the store went away")
