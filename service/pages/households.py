"""The customers of the demonstration shop, so that a person can choose one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

from redis import RedisError

from service.fetching import BOUGHT
from service.recommendations import Recommendations
from service.snapshot import Snapshot
from service.store.codec import decode_indices

MAX_HOUSEHOLDS = 5_000
"""Read at most, once a version and process: enough for a demonstration, bounded for anything else."""

MAX_FOUND = 120

_EXAMPLES = (
    (0.02, "buys a lot"),
    (0.25, "regular"),
    (0.5, "average"),
    (0.8, "now and then"),
    (1.0, "hardly ever"),
)
"""Place among all households, from the one that bought most (0) to the one that bought least (1)."""


@dataclass(frozen=True)
class Households:
    """Customer id → number of different products bought, smaller ids first.

    Attributes:
        version: of which they are the customers.
    """

    version: str | None = None
    bought: Mapping[str, int] = field(default_factory=dict)

    def beginning_with(self, start: str) -> list[str]:
        """The ids that begin with this, smaller first."""
        return [customer_id for customer_id in self.bought if customer_id.startswith(start)]

    def examples(self) -> list[tuple[str, str]]:
        """(id, what it is an example of), from much bought to little."""
        ranked = sorted(self.bought, key=self.bought.__getitem__, reverse=True)
        if len(ranked) < 5:
            return [(customer_id, "customer") for customer_id in ranked]
        return [(ranked[round(share * (len(ranked) - 1))], kind) for share, kind in _EXAMPLES]


class HouseholdDirectory:
    """Keeps the households of the latest version asked for."""

    def __init__(self) -> None:
        self._kept = Households()

    def of(self, service: Recommendations, snapshot: Snapshot) -> Households:
        """The households of the snapshot; none while the store is away and they were not read before."""
        if snapshot.meta is None or self._kept.version == snapshot.version:
            return self._kept
        if not service.follower.store_up:
            return Households()
        try:
            lists = list(islice(service.reader.customer_lists(snapshot.meta, BOUGHT), MAX_HOUSEHOLDS))
        except RedisError as error:
            service.follower.failed(error)
            return Households()
        # Ids are numbers as a rule: 2 before 10.
        lists.sort(key=lambda one: (len(one[0]), one[0]))
        counts = {customer_id: len(decode_indices(packed)) for customer_id, packed in lists}
        self._kept = Households(snapshot.version, counts)
        return self._kept
