"""A bounded mapping that forgets what was not asked for the longest."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_LATELY = 8_192
"""Keys that a cache remembers having seen; some 64 kB."""


class LRU(Generic[K, V]):
    """Safe to share between threads: of two that change it at once, one may lose an entry, never more."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._seen = array("q", bytes(8 * _LATELY))

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """The value, or None; it counts as used."""
        value = self._entries.pop(key, None)
        if value is not None:
            self._entries[key] = value
        return value

    def put(self, key: K, value: V) -> None:
        """Keep the value; beyond the bound, the one unused for the longest goes."""
        self._entries[key] = value
        if len(self._entries) > self._most:
            try:
                self._entries.popitem(last=False)
            except KeyError:  # another thread has emptied it meanwhile
                return

    def put_again(self, key: K, value: V) -> None:
        """Keep the value if the key was `seen_before`."""
        if self.seen_before(key):
            self.put(key, value)

    def seen_before(self, key: K) -> bool:
        """Whether this was asked of the key lately: most visitors come once, and would push others out.

        The doorkeeper of TinyLFU (Einziger, Friedman and Manes, "TinyLFU: A Highly Efficient Cache Admission
        Policy", 2017), with one slot a hash.
        """
        mark = hash(key)
        slot = mark % _LATELY
        if self._seen[slot] == mark:
            return True
        self._seen[slot] = mark
        return False

    def forget(self, key: K) -> None:
        """Drop what is kept for the key, if anything is."""
        self._entries.pop(key, None)
