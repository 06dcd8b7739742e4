"""Events on their way into the store: whose state they may change, and what happens while it is away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import redis

from service.bots import says_bot
from service.known_customers import KnownCustomers
from service.recommendations import Recommendations
from service.store.events import Event, EventLog

Result = TypeVar("Result")

BOT = "bot"


class EventIntake:
    """Writes through one process's circuit breaker; safe to share between threads."""

    def __init__(self, service: Recommendations) -> None:
        self._follower = service.follower
        self._log = EventLog(service.client, service.keys)
        self._customers = KnownCustomers(service.reader, service.keys)

    def record(self, events: Sequence[Event], *, of_customers: bool, user_agent: str | None) -> list[bool]:
        """Record events; False for each duplicate.

        Args:
            of_customers: whether a visitor_id that is a customer's id means that customer.
            user_agent: of the caller.

        Raises:
            redis.RedisError: the store is away or full; to send the events again is safe.
        """
        flag = BOT if says_bot(user_agent) else ""

        def write() -> list[bool]:
            ids = {event.visitor_id for event in events} if of_customers else ()
            customers = self._customers.among(ids, self._follower.snapshot, self._follower.erasures)
            return self._log.record(events, customers=customers, flag=flag)

        return self._through_circuit(write)

    def identify(self, visitor_id: str, customer_id: str) -> None:
        """Make the visitor the customer; raises as `record`."""
        self._through_circuit(lambda: self._log.identify(visitor_id, customer_id))

    def _through_circuit(self, write: Callable[[], Result]) -> Result:
        if not self._follower.store_up:
            raise redis.ConnectionError("the store is away")
        try:
            return write()
        except (redis.ConnectionError, redis.TimeoutError) as error:
            # Not where a full store refuses a write: from that one, lists can still be read.
            self._follower.failed(error)
            raise
