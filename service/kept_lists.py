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


class Epoch:
    """The lists of one version, since the latest erasure; dropped as a whole."""

    def __init__(self, of: tuple[str | None, int]) -> None:
        self.of = of
        self.customers: LRU[Wanted, bytes] = LRU(CUSTOMERS_LISTS)
        self.products: LRU[Wanted, bytes] = LRU(PRODUCTS_LISTS)
        self.decoded: LRU[Wanted, Sequence[Candidate]] = LRU(DECODED_LISTS)

    def lists(self, wanted: Wanted) -> LRU[Wanted, bytes]:
        """Where such a list is kept."""
        return self.products if wanted[0] == "item" else self.customers


class KeptLists:
    """A bounded cache.

    Attributes:
        epoch: what is kept now; exchanged whole, for threads share it.
    """

    def __init__(self) -> None:
        self.epoch = Epoch((None, -1))

    def follow(self, version: str | None, erasures: int) -> None:
        """Drop everything where it is of another version, or from before the latest erasure."""
        if self.epoch.of != (version, erasures):
            self.epoch = Epoch((version, erasures))

    def get(self, wanted: Wanted) -> bytes | None:
        """The packed list; empty where it is known that there is none; None where nothing is known."""
        return self.epoch.lists(wanted).get(wanted)

    def neighbours(self, wanted: Wanted, packed: bytes) -> Sequence[Candidate]:
        """The first `NEIGHBOURS` candidates of a product's list."""
        known = self.epoch.decoded
        decoded = known.get(wanted)
        if decoded is None:
            decoded = decode_list(packed, NEIGHBOURS)
            known.put_again(wanted, decoded)
        return decoded
