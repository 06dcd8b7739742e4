"""Where the next page of an answer begins: what was shown already, by checksum.

A cursor holds the CRC-32 of each product id that earlier pages showed, 4 bytes each, as URL-safe base64. So
no page repeats a product, though a new version or new rules went live in between, and nothing is stored. Two
ids with one checksum, one pair in 4 thousand million, cost one product its place on a later page.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from struct import Struct
from zlib import crc32

MAX_SEEN = 1_000
"""Products on all pages of one answer: about 5 kB of a URL."""

_MARK = Struct("<I")


def checksum(product_id: str) -> int:
    """What stands for a product in a cursor."""
    return crc32(product_id.encode())


def mark(product_id: str) -> bytes:
    """The checksum as a cursor holds it."""
    return _MARK.pack(checksum(product_id))


def encode_cursor(seen: Sequence[int], marks: Sequence[bytes]) -> str | None:
    """The cursor behind some products; None where no page may follow.

    Args:
        seen: checksums of the earlier pages' products.
        marks: of this page's products.
    """
    if len(seen) + len(marks) >= MAX_SEEN:
        return None
    packed = b"".join([*map(_MARK.pack, seen), *marks])
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> tuple[int, ...]:
    """The checksums in a cursor. Raises ValueError: it is none."""
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise ValueError("no cursor") from error
    if not packed or len(packed) % _MARK.size or len(packed) > MAX_SEEN * _MARK.size:
        raise ValueError("no cursor")
    return tuple(one for (one,) in _MARK.iter_unpack(packed))
