"""The catalogue's ids, categories and flags as one string each, read in place: no object a product.

Little-endian. Product ids: format byte and 3 zero bytes, count u32, offsets u32 × (count + 1), the
positions in byte order u32 × count, the ids as UTF-8 end to end. Categories: format byte and 3 zero
bytes, count u32, codes u32 × count, then the paths as a JSON array, in which code 0 is "none". Flags:
format byte and 3 zero bytes, count u32, a byte a product: 1 listed, 2 withdrawn, 3 both.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import overload

import numpy as np

from service.store.codec import FORMAT, MAX_PRODUCTS, FormatError

_HEAD = Struct("<B3xI")
_MAX_BYTES = 512 * 1024 * 1024
"""What one Redis string holds."""


def encode_product_ids(product_ids: Sequence[str]) -> bytes:
    """Pack the ids, position = product index.

    Raises:
        ValueError: more than `MAX_PRODUCTS` ids, one twice, or more than 512 MB of them.
    """
    if len(product_ids) > MAX_PRODUCTS:
        raise ValueError(f"{len(product_ids):,} products; at most {MAX_PRODUCTS:,} can be published")
    encoded = [product_id.encode() for product_id in product_ids]
    if len(set(encoded)) < len(encoded):
        raise ValueError("a product id stands twice")
    offsets = np.zeros(len(encoded) + 1, dtype=np.int64)
    np.cumsum([len(one) for one in encoded], out=offsets[1:])
    order = np.array(sorted(range(len(encoded)), key=encoded.__getitem__), dtype="<u4")
    if offsets[-1] + 8 * len(encoded) > _MAX_BYTES:
        raise ValueError("the product ids take more than 512 MB together")
    head = _HEAD.pack(FORMAT, len(encoded))
    return b"".join([head, offsets.astype("<u4").tobytes(), order.tobytes(), *encoded])


class ProductIds(Sequence[str]):
    """Product ids by index, and indices by id, over the packed bytes."""

    def __init__(self, packed: bytes) -> None:
        """Raises FormatError: the bytes are no packed product ids."""
        count = _count(packed)
        blob = _HEAD.size + 4 * (2 * count + 1)
        if len(packed) < blob:
            raise FormatError("the packed product ids are cut short")
        numbers = memoryview(packed)[_HEAD.size : blob].cast("I")
        self._offsets = numbers[: count + 1]
        self._order = numbers[count + 1 :]
        self._ids = packed[blob:]
        if len(self._ids) != self._offsets[count]:
            raise FormatError("the packed product ids are cut short")

    def __len__(self) -> int:
        return len(self._order)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        """The id at this index. Raises IndexError: none is there; -1 is no product, not the last one."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(f"product index {index} out of range")
        return self._bytes(index).decode()

    def __iter__(self) -> Iterator[str]:
        return (self._bytes(index).decode() for index in range(len(self)))

    def index_of(self, product_id: str) -> int | None:
        """The index of this id; None if it is none of this version."""
        wanted = product_id.encode()
        place = bisect_left(self._order, wanted, key=self._bytes)
        if place == len(self._order):
            return None
        index = self._order[place]
        return index if self._bytes(index) == wanted else None

    def _bytes(self, index: int) -> bytes:
        return self._ids[self._offsets[index] : self._offsets[index + 1]]


def encode_categories(categories: Sequence[str | None]) -> bytes:
    """Pack category paths such as `A > B > C`, position = product index; None or empty: no category."""
    code_of: dict[str, int] = {"": 0}
    codes = np.array([code_of.setdefault(_normal(path), len(code_of)) for path in categories], dtype="<u4")
    return _HEAD.pack(FORMAT, len(codes)) + codes.tobytes() + json.dumps(list(code_of)).encode()


class Categories:
    """Each product's category as a number, and the numbers that lie under a path.

    Attributes:
        codes: (products,) u32 memory view; 0: no category.
        paths: code → path, `A > B > C`.
    """

    def __init__(self, packed: bytes) -> None:
        """Raises FormatError: the bytes are no packed categories."""
        count = _count(packed)
        end = _HEAD.size + 4 * count
        if len(packed) <= end:
            raise FormatError("the packed categories are cut short")
        self.codes = memoryview(packed)[_HEAD.size : end].cast("I")
        try:
            self.paths: list[str] = json.loads(packed[end:])
        except ValueError as error:
            raise FormatError("the packed categories are cut short") from error

    def matching(self, path: str) -> frozenset[int]:
        """Codes of the categories at or under this path, whole names only: `A > B` matches `A > B > C`."""
        wanted = _normal(path)
        if not wanted:
            return frozenset()
        below = f"{wanted} > "
        return frozenset(
            code for code, known in enumerate(self.paths) if known == wanted or known.startswith(below)
        )

    def path(self, index: int) -> str | None:
        """The category of the product with this index."""
        return self.paths[self.codes[index]] or None


@dataclass(frozen=True, eq=False)
class ProductFlags:
    """What holds for each product.

    Attributes:
        listed: (products,) bool: the catalogue has it; else only the orders know it.
        withdrawn: (products,) bool: lists of the version may hold it, but it cannot be ordered now.
    """

    listed: np.ndarray
    withdrawn: np.ndarray

    def packed(self) -> bytes:
        """What `unpacked` reads."""
        flags = self.listed.astype(np.uint8) | self.withdrawn.astype(np.uint8) << 1
        return _HEAD.pack(FORMAT, len(flags)) + flags.tobytes()

    @classmethod
    def unpacked(cls, packed: bytes) -> ProductFlags:
        """Raises FormatError: the bytes are no packed flags."""
        count = _count(packed)
        if len(packed) != _HEAD.size + count:
            raise FormatError("the packed flags are cut short")
        flags = np.frombuffer(packed, dtype=np.uint8, offset=_HEAD.size)
        return cls((flags & 1).astype(bool), (flags & 2).astype(bool))


def _count(packed: bytes) -> int:
    if len(packed) < _HEAD.size or packed[0] != FORMAT:
        raise FormatError(f"no packed catalogue of format {FORMAT}")
    return _HEAD.unpack_from(packed)[1]


def _normal(path: str | None) -> str:
    """`A>B > ` → `A > B`: shops are not consistent about the blanks."""
    return " > ".join(name for part in (path or "").split(">") if (name := part.strip()))
