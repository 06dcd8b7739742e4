"""What rules ask of products, as one string read in place: prices, brands, stock and tags by product index.

Little-endian. Format byte and 3 zero bytes, count u32; prices float32 × count (NaN: unknown); brand codes
u32 × count; tag ends u32 × count, positions in the tag codes where each product's own end; the number of tag
codes u32, then those, u32 each; stock u8 × count; the names as JSON, {"brands": […], "tags": […]}. Code 0 is
no brand, and no tag.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Any

import numpy as np

from service.store.codec import FORMAT, FormatError

_HEAD = Struct("<B3xI")
_COUNT = Struct("<I")


@dataclass(frozen=True, eq=False)
class ProductAttributes:
    """Attributes of all products of a catalogue.

    Attributes:
        prices: (products,) float32; NaN where unknown.
        brands: (products,) u32 codes; 0: no brand.
        in_stock: (products,) u8; 1 in stock, or nobody says otherwise.
        brand_names: code → brand.
        tag_names: code → tag.
        tag_ends: (products,) u32: product i's tags are `tag_codes[tag_ends[i - 1] : tag_ends[i]]`.
        tag_codes: u32.
    """

    prices: np.ndarray
    brands: np.ndarray
    in_stock: np.ndarray
    brand_names: list[str]
    tag_names: list[str]
    tag_ends: np.ndarray
    tag_codes: np.ndarray

    @classmethod
    def of(cls, records: Sequence[Mapping[str, Any]]) -> ProductAttributes:
        """From the catalogue's records, position = product index."""
        brand_of: dict[str, int] = {"": 0}
        tag_of: dict[str, int] = {"": 0}
        tags = [[tag_of.setdefault(tag, len(tag_of)) for tag in one.get("tags") or ()] for one in records]
        return cls(
            prices=np.array([_price(one.get("price")) for one in records], dtype="<f4"),
            brands=np.array(
                [brand_of.setdefault(one.get("brand") or "", len(brand_of)) for one in records], dtype="<u4"
            ),
            in_stock=np.array([one.get("in_stock") is not False for one in records], dtype=np.uint8),
            brand_names=list(brand_of),
            tag_names=list(tag_of),
            tag_ends=np.cumsum([len(codes) for codes in tags], dtype=np.int64).astype("<u4"),
            tag_codes=np.array([code for codes in tags for code in codes], dtype="<u4"),
        )

    def with_brand(self, brand: str) -> np.ndarray:
        """(products,) bool: of this very brand."""
        code = self.brand_names.index(brand) if brand and brand in self.brand_names else -1
        return self.brands == code

    def with_tag(self, tag: str) -> np.ndarray:
        """(products,) bool: with this very tag."""
        found = np.zeros(len(self.prices), dtype=bool)
        if tag and tag in self.tag_names:
            places = np.flatnonzero(self.tag_codes == self.tag_names.index(tag))
            found[np.searchsorted(self.tag_ends, places, side="right")] = True
        return found

    def packed(self) -> bytes:
        """What `unpacked` reads."""
        names = {"brands": self.brand_names, "tags": self.tag_names}
        return b"".join(
            [
                _HEAD.pack(FORMAT, len(self.prices)),
                *(part.tobytes() for part in (self.prices, self.brands, self.tag_ends)),
                _COUNT.pack(len(self.tag_codes)),
                self.tag_codes.tobytes(),
                self.in_stock.tobytes(),
                json.dumps(names, ensure_ascii=False, separators=(",", ":")).encode(),
            ]
        )

    @classmethod
    def unpacked(cls, packed: bytes) -> ProductAttributes:
        """Raises FormatError: the bytes are no packed attributes."""
        if len(packed) < _HEAD.size or packed[0] != FORMAT:
            raise FormatError(f"no packed attributes of format {FORMAT}")
        count = _HEAD.unpack_from(packed)[1]
        fixed = _HEAD.size + 12 * count
        if len(packed) < fixed + _COUNT.size:
            raise FormatError("the packed attributes are cut short")
        (n_codes,) = _COUNT.unpack_from(packed, fixed)
        stock = fixed + _COUNT.size + 4 * n_codes
        try:
            names = json.loads(packed[stock + count :])
        except ValueError as error:
            raise FormatError("the packed attributes are cut short") from error

        def column(kind: str, number: int) -> np.ndarray:
            return np.frombuffer(packed, dtype=kind, count=count, offset=_HEAD.size + 4 * number * count)

        return cls(
            prices=column("<f4", 0),
            brands=column("<u4", 1),
            in_stock=np.frombuffer(packed, dtype=np.uint8, count=count, offset=stock),
            brand_names=names["brands"],
            tag_names=names["tags"],
            tag_ends=column("<u4", 2),
            tag_codes=np.frombuffer(packed, dtype="<u4", count=n_codes, offset=fixed + _COUNT.size),
        )


def _price(price: Any) -> float:
    return math.nan if price is None else float(price)
