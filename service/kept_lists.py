"""Packed lists that were fetched before: published lists never change, so a process need not ask twice."""

from __future__ import annotations

from collections.abc import Sequence

from service.lru import LRU
from service.query import Candidate
from service.session import NEIGHBOURS
from service.store.codec import decode_list
from service.store.reader import Wanted

CUSTOMERS_LISTS, PRODUCTS_LISTS = 10_000, 20_000
"""Some 500 bytes each. Apart, so that many customers do not push out products, which all visitors share."""

DECODED_LISTS = 4_000
"""Of products that sessions are folded in from, some 3 kB each."""


class KeptLists:
    """A bounded cache of one version's lists; dropped with it, and when somebody's data are erased."""

    def __init__(self) -> None:
        self._of: tuple[str | None, int] = (None, -1)
        self._of_customers: LRU[Wanted, bytes] = LRU(CUSTOMERS_LISTS)
        self._of_products: LRU[Wanted, bytes] = LRU(PRODUCTS_LISTS)
        self._decoded: LRU[Wanted, Sequence[Candidate]] = LRU(DECODED_LISTS)

    def follow(self, version: str | None, erasures: int) -> None:
        """Drop everything where it is of another version, or from before the latest erasure."""
        if self._of != (version, erasures):
            self._of_customers, self._of_products = LRU(CUSTOMERS_LISTS), LRU(PRODUCTS_LISTS)
            self._decoded = LRU(DECODED_LISTS)
            self._of = (version, erasures)

    def get(self, wanted: Wanted) -> bytes | None:
        """The packed list; empty where it is known that there is none; None where nothing is known."""
        return (self._of_products if wanted[0] == "item" else self._of_customers).get(wanted)

    @property
    def epoch(self) -> tuple[str | None, int]:
        """What the lists that are kept now are of."""
        return self._of

    def put(self, wanted: Wanted, packed: bytes, epoch: tuple[str | None, int]) -> None:
        """Keep a list, unless everything was dropped since `epoch`, when it was asked for."""
        if epoch == self._of:
            (self._of_products if wanted[0] == "item" else self._of_customers).put(wanted, packed)

    def neighbours(self, wanted: Wanted, packed: bytes) -> Sequence[Candidate]:
        """The first `NEIGHBOURS` candidates of a product's list."""
        decoded = self._decoded.get(wanted)
        if decoded is None:
            decoded = decode_list(packed, NEIGHBOURS)
            self._decoded.put(wanted, decoded)
        return decoded
