"""What is a visitor's own, fetched in one round trip, however many queries a page has.

What the process has is not fetched: the snapshot's lists, and those that were fetched before, for lists never
change. The visitor's state is fetched each time, so that no event waits for a cache. Who a visitor was
identified as stands in that state; the customer's lists are fetched along with it on the guess that it is who
it was last time, and again where the guess was wrong. With the store away, what the process has is all there
is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import structlog
from redis import RedisError

from service.batching import BatchingReader
from service.follower import Follower
from service.kept_lists import KeptLists
from service.lru import LRU
from service.metrics import STORE_ERRORS
from service.placements import CUSTOMER_LISTS, ITEM_LISTS, Placement
from service.query import Query
from service.snapshot import Snapshot
from service.store.keys import Keys
from service.store.reader import StoreReader, Wanted
from service.store.round_trip import Command
from service.store.visitor_state import NOTHING, VisitorState

log = structlog.get_logger()

BOUGHT = "bought"
"""The customer list that names everything the customer bought."""

KNOWN_IDENTITIES = 50_000
"""Visitors of whom a process remembers as whom they were identified."""

Asked = tuple[Query, Placement]

States = tuple[bytes | None, bytes | None]
"""The stored state of a visitor, and of the customer that the visitor is."""

Person = tuple[str | None, str | None]
"""A visitor, and the customer that the visitor is; either can be unknown."""

NO_PERSON: Person = (None, None)
_UNKNOWN: States = (None, None)


class Fetched(NamedTuple):
    """What the round trip brought for one query.

    Attributes:
        states: as stored.
        customer_id: whose lists these are; None for an anonymous visitor.
        is_identified: `identify` said that the visitor is this customer.
        is_customer: the live version knows the customer: everybody in it has a list, or bought something.
        packed: the packed lists that were found.
        state: "store_down", "cold_store", or None where the live store answered.
    """

    states: States
    customer_id: str | None
    is_identified: bool
    is_customer: bool
    packed: Mapping[Wanted, bytes]
    state: str | None

    @classmethod
    def of(
        cls,
        query: Query,
        person: Person,
        states: States | None,
        packed: Mapping[Wanted, bytes],
        state: str | None,
    ) -> Fetched:
        """For this query, asked by this person."""
        customer = person[1]
        is_customer = customer is not None and any(wanted[0] == "customer" for wanted in packed)
        is_identified = customer is not None and customer != query.customer_id
        return cls(states or _UNKNOWN, customer, is_identified, is_customer, packed, state)

    def by_person(self, query: Query) -> dict[Person, States]:
        """The states as `Fetcher.states` gives them."""
        person = (query.visitor_id, self.customer_id)
        return {} if person == NO_PERSON else {person: self.states}

    @property
    def segment(self) -> str:
        """Who is asking, as rules name it: one of `service.rules.rule.SEGMENTS`."""
        if self.is_customer:
            return "customer"
        return "new_customer" if self.is_identified else "anonymous"


class Fetcher:
    """Reads from the store while it is up; safe to share between threads.

    Attributes:
        kept: lists that were read before.
    """

    def __init__(
        self,
        reader: StoreReader,
        keys: Keys,
        follower: Follower,
        semaphore: Callable[[int], Any] = threading.Semaphore,
    ) -> None:
        """`semaphore`: as `BatchingReader` takes it."""
        self._reader = reader
        self._round_trips = BatchingReader(reader, semaphore)
        self._keys = keys
        self._follower = follower
        self._identities: LRU[str, str] = LRU(KNOWN_IDENTITIES)
        self.kept = KeptLists()

    def follow(self, snapshot: Snapshot) -> object:
        """Drop what is of another version, or from before an erasure; the same object until that happens."""
        self.kept.follow(snapshot.version, self._follower.erasures)
        return self.kept.epoch

    def fetch(
        self, asked: Sequence[Asked], snapshot: Snapshot, known: Mapping[Person, States] | None = None
    ) -> list[Fetched]:
        """What is the visitors' own, for each query.

        A query with a customer and no visitor is answered by what is the customer's own, whoever the
        customer's id was identified as.

        Args:
            known: states that were read for this very request, and need not be read again.
        """
        self.follow(snapshot)
        if len(asked) == 1:
            return [self._fetch_one(*asked[0], snapshot, known or {})]
        people = [self._guess(query) for query, _ in asked]
        states, wanted, packed = self._read_all(asked, people, snapshot, known or {})
        actual = [
            self._actual(query, states.get(person)) for (query, _), person in zip(asked, people, strict=True)
        ]
        if actual != people:
            states, wanted, packed = self._read_all(asked, actual, snapshot, {})
        # Asked after the read: a call that failed just now has opened the circuit.
        state = self.state
        of_each = [{one: value for one in names if (value := packed.get(one))} for names in wanted]
        return [
            Fetched.of(query, person, states.get(person), own, state)
            for (query, _), person, own in zip(asked, actual, of_each, strict=True)
        ]

    def _fetch_one(
        self, query: Query, placement: Placement, snapshot: Snapshot, known: Mapping[Person, States]
    ) -> Fetched:
        """The same for one query, as most requests have it, without the bookkeeping of several."""
        person = self._guess(query)
        states = known.get(person)
        keys = self._keys.states(*person) if states is None else ()
        values, packed = self._lists(_wanted(query, placement, person[1]), keys, snapshot)
        if values:
            states = _pair(person, values)
        if states is not None and (states[0] is not None or person[1] != query.customer_id):
            actual = self._actual(query, states)
            if actual != person:  # and now it is known
                return self._fetch_one(query, placement, snapshot, {})
        return Fetched.of(query, person, states, packed, self.state)

    def states(self, query: Query) -> dict[Person, States]:
        """The states alone, as they are now; empty for nobody, and where the store is away."""
        person = self._guess(query)
        values, _ = self._read(self._keys.states(*person), [])
        return {person: _pair(person, values)} if values else {}

    def item_lists(self, asked: Iterable[tuple[str, str]], snapshot: Snapshot) -> dict[Wanted, bytes]:
        """The packed lists of these (list, product id), from the process where it has them."""
        wanted: list[Wanted] = [("item", name, product_id) for name, product_id in asked]
        return self._lists(wanted, (), snapshot)[1]

    def _guess(self, query: Query) -> Person:
        """Who it was last time."""
        known = None if query.visitor_id is None else self._identities.get(query.visitor_id)
        return query.visitor_id, query.customer_id if known is None else known

    def _actual(self, query: Query, states: States | None) -> Person:
        """Who it is, by what the state says; remembered for the next time."""
        if query.visitor_id is None or states is None:
            return self._guess(query)
        identified = state_of(states[0]).customer
        if identified is None:
            self._identities.forget(query.visitor_id)
            return query.visitor_id, query.customer_id
        self._identities.put(query.visitor_id, identified)
        return query.visitor_id, identified

    def _read_all(
        self,
        asked: Sequence[Asked],
        people: Sequence[Person],
        snapshot: Snapshot,
        known: Mapping[Person, States],
    ) -> tuple[dict[Person, States], list[list[Wanted]], dict[Wanted, bytes]]:
        """States by person, none where the store is away; what each query wants; what there is of that."""
        wanted = [_wanted(*one, person[1]) for one, person in zip(asked, people, strict=True)]
        unknown = [one for one in dict.fromkeys(people) if one != NO_PERSON and one not in known]
        keys = [self._keys.states(*person) for person in unknown]
        values, packed = self._lists(dict.fromkeys(chain(*wanted)), [*chain(*keys)], snapshot)
        found = dict(known)
        for person, own in zip(unknown, keys, strict=True):
            if values:
                found[person] = _pair(person, values[: len(own)])
                values = values[len(own) :]
        return found, wanted, packed

    def _lists(
        self, wanted: Iterable[Wanted], keys: Sequence[str], snapshot: Snapshot
    ) -> tuple[list[bytes | None], dict[Wanted, bytes]]:
        """The values of some strings, none where the store is away, and those of the lists that there are."""
        epoch = self.kept.epoch
        packed: dict[Wanted, bytes] = {}
        missing: dict[Wanted, Command] = {}
        for one in wanted:
            held = self._held(one, snapshot)
            if held:
                packed[one] = held
            elif held is None and snapshot.meta is not None:
                command = self._reader.command(snapshot.meta, one)
                if command is not None:
                    missing[one] = command
        values, replies = self._read(keys, [*missing.values()])
        for one, value in zip(missing, replies, strict=False):
            if value is not None:
                packed[one] = value
            # Where it has changed meanwhile, what was read goes with what was kept.
            if one[0] == "item":
                # That a product has none is worth keeping, too: a session asks for it with every request.
                epoch.products.put(one, value or b"")
            elif value is not None:
                epoch.customers.put_again(one, value)
        return values, packed

    def _held(self, one: Wanted, snapshot: Snapshot) -> bytes | None:
        held = snapshot.item_lists.get(one[1:]) if one[0] == "item" else None
        return self.kept.get(one) if held is None else held

    def _read(self, keys: Sequence[str], commands: Sequence[Command]) -> tuple[list[bytes | None], list[Any]]:
        """The values of strings and the replies to commands; nothing of either where the store is away."""
        if (keys or commands) and self._follower.store_up:
            try:
                return self._round_trips.read(keys, commands)
            except RedisError as error:
                self._follower.failed(error)
        return [], []

    @property
    def state(self) -> str | None:
        """What an answer must tell: store_down, cold_store, or None while the live store answers."""
        if not self._follower.store_up:
            return "store_down"
        return "cold_store" if self._follower.cold else None


def state_of(stored: bytes | None) -> VisitorState:
    """The state in a stored string; one that cannot be read counts as none, and is told."""
    try:
        return VisitorState.parse(stored)
    except (ValueError, TypeError, AttributeError) as error:
        STORE_ERRORS.inc()
        log.error("state_unreadable", error=str(error))
        return NOTHING


def _pair(person: Person, values: Sequence[bytes | None]) -> States:
    if person[0] is None:
        return None, values[0]
    return values[0], values[1] if len(values) > 1 else None


def _wanted(query: Query, placement: Placement, customer: str | None) -> list[Wanted]:
    """The lists of the customer and of the page's products that a placement is made of."""
    wanted: list[Wanted] = []
    for name in placement.lists:
        if name in CUSTOMER_LISTS and customer is not None:
            wanted.append(("customer", name, customer))
        elif name in ITEM_LISTS and "page" in placement.context:
            wanted += [("item", name, product_id) for product_id in query.product_ids]
    # Every known customer has a for_you list; the other lists can be empty for one who is known. On any
    # placement, rules may ask who it is.
    if customer is not None and (placement.new_only or "for_you" not in placement.lists):
        wanted.append(("customer", BOUGHT, customer))
    return wanted
