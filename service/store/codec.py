"""The binary layout of a published list.

One format byte, then 9 bytes an item, best first:

    product index u24 | score float16 | reason code u8 | reason's product index u24

little-endian; 0xFFFFFF for "no product". Fifty items take 451 bytes, where JSON takes about 4,000.
A float16 keeps three significant digits of a score, which is what an answer shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from struct import Struct
from typing import overload

import numpy as np

FORMAT = 1
MAX_PRODUCTS = 0xFFFFFE
"""16,777,214 products: the indices that 24 bits hold, less the one that means "none"."""

REASONS = (
    "bought_often",
    "due_again",
    "bought_with",
    "similar_to",
    "popular",
    "trending",
    "new",
    "recently_viewed",
    "pinned",
)
"""What a reason code means: its position. Published lists refer to it: append, never reorder."""

Item = tuple[int, float, int, int]
"""Product index, score, reason code, index of the reason's product or -1."""

_NONE = 0xFFFFFF
_ITEM = Struct("<HBeBHB")
_ITEM_DTYPE = np.dtype(
    [
        ("product", "<u2"),
        ("product_high", "u1"),
        ("score", "<f2"),
        ("reason", "u1"),
        ("of", "<u2"),
        ("of_high", "u1"),
    ]
)
_MAX_SCORE = float(np.finfo(np.float16).max)


class FormatError(ValueError):
    """The bytes are no list of this format."""


def encode_lists(
    products: np.ndarray, scores: np.ndarray, reasons: np.ndarray, reason_products: np.ndarray
) -> list[bytes]:
    """Pack n lists of up to k items each.

    Args:
        products: (n, k) int, product indices; -1 is padding and dropped, wherever it stands.
        scores: (n, k) float; NaN is refused, beyond ±65,504 is clipped.
        reasons: (n, k) uint8, positions in `REASONS`.
        reason_products: (n, k) int, product indices; -1 for none.

    Raises:
        ValueError: an index above `MAX_PRODUCTS` - 1 or below -1, an unknown reason, NaN, or other shapes.
    """
    shape = products.shape
    if len(shape) != 2 or any(a.shape != shape for a in (scores, reasons, reason_products)):
        raise ValueError("products, scores, reasons and reason_products must share one shape (n, k)")
    listed = products >= 0
    counts = listed.sum(axis=1)
    items = np.empty(int(counts.sum()), dtype=_ITEM_DTYPE)
    _split_u24(items, "product", _checked_indices(products)[listed])
    _split_u24(items, "of", np.where(reason_products < 0, _NONE, _checked_indices(reason_products))[listed])
    items["score"] = np.clip(_checked_scores(scores[listed]), -_MAX_SCORE, _MAX_SCORE)
    items["reason"] = _checked_reasons(reasons[listed])
    return _cut(items.tobytes(), counts * _ITEM.size)


def decode_list(value: bytes, limit: int | None = None) -> list[Item]:
    """Unpack a list, or its first `limit` items.

    Raises:
        FormatError: the bytes are no such list.
    """
    _check_format(value, _ITEM.size)
    return [
        (low | high << 16, score, reason, -1 if of == 0xFFFF and of_high == 0xFF else of | of_high << 16)
        for low, high, score, reason, of, of_high in islice(_ITEM.iter_unpack(memoryview(value)[1:]), limit)
    ]


class PackedList(Sequence[Item]):
    """A list as it was read, unpacked as far as somebody looks: most answers end long before it does."""

    def __init__(self, value: bytes) -> None:
        """Raises FormatError: the bytes are no list."""
        _check_format(value, _ITEM.size)
        self._value = value

    def __len__(self) -> int:
        return len(self._value) // _ITEM.size

    def __iter__(self) -> Iterator[Item]:
        return iter(decode_list(self._value))

    @overload
    def __getitem__(self, place: int) -> Item: ...

    @overload
    def __getitem__(self, place: slice) -> list[Item]: ...

    def __getitem__(self, place: int | slice) -> Item | list[Item]:
        if isinstance(place, slice) and place.start is place.step is None and (place.stop or 0) >= 0:
            return decode_list(self._value, place.stop)
        return decode_list(self._value)[place]

    def weighted(self, factors: Sequence[float]) -> list[Item]:
        """The items, each score times its product's factor. In one go, for it is done for each answer."""
        return [
            (
                product := low | high << 16,
                factors[product] * score,
                reason,
                -1 if of == 0xFFFF and of_high == 0xFF else of | of_high << 16,
            )
            for low, high, score, reason, of, of_high in _ITEM.iter_unpack(memoryview(self._value)[1:])
        ]


def encode_indices(indices: np.ndarray) -> bytes:
    """Pack product indices (n,) int, 3 bytes each, in their order.

    Raises:
        ValueError: an index above `MAX_PRODUCTS` - 1 or below 0.
    """
    if len(indices) and np.min(indices) < 0:
        raise ValueError("a product index is negative")
    packed = np.ascontiguousarray(_checked_indices(indices), dtype="<u4").view(np.uint8).reshape(-1, 4)[:, :3]
    return bytes([FORMAT]) + packed.tobytes()


def decode_indices(value: bytes) -> np.ndarray:
    """Unpack what `encode_indices` packed: (n,) int32.

    Raises:
        FormatError: the bytes are no such list.
    """
    _check_format(value, 3)
    packed = np.frombuffer(value, dtype=np.uint8, offset=1).reshape(-1, 3)
    wide = np.zeros((len(packed), 4), dtype=np.uint8)
    wide[:, :3] = packed
    return wide.view("<i4").ravel()


def _checked_indices(indices: np.ndarray) -> np.ndarray:
    if indices.size and (indices.max() >= MAX_PRODUCTS or indices.min() < -1):
        raise ValueError(f"product index out of range: at most {MAX_PRODUCTS:,} products can be published")
    return indices


def _checked_scores(scores: np.ndarray) -> np.ndarray:
    if np.isnan(scores).any():
        raise ValueError("a score is not a number")
    return scores


def _checked_reasons(reasons: np.ndarray) -> np.ndarray:
    if reasons.size and not 0 <= reasons.min() <= reasons.max() < len(REASONS):
        raise ValueError(f"a reason code is not among the {len(REASONS)} of REASONS")
    return reasons


def _split_u24(items: np.ndarray, field: str, values: np.ndarray) -> None:
    items[field] = values & 0xFFFF
    items[f"{field}_high"] = values >> 16


def _cut(packed: bytes, sizes: np.ndarray) -> list[bytes]:
    ends = np.cumsum(sizes).tolist()
    head = bytes([FORMAT])
    return [head + packed[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _check_format(value: bytes, item_size: int) -> None:
    if not value or value[0] != FORMAT or (len(value) - 1) % item_size:
        raise FormatError(f"no list of format {FORMAT}: {len(value)} bytes that begin with {value[:1]!r}")
