"""Where the next page of an answer begins: what was shown already, by checksum.

A cursor holds the CRC-32 of each product id that earlier pages showed, 4 bytes each, as URL-safe base64. So
no page repeats a product, though a new version or new rules went live in between, and nothing is stored. Two
ids with one checksum, one pair in 4 thousand million, cost one product its place on a later page.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from struct import pack, unpack
from zlib import crc32

MAX_SEEN = 1_000
"""Products on all pages of one answer: about 5 kB of a URL."""


def checksum(product_id: str) -> int:
    """What stands for a product in a cursor."""
    return crc32(product_id.encode())


def encode_cursor(seen: Sequence[int], product_ids: Sequence[str]) -> str | None:
    """The cursor behind these products; None where no page may follow.

    Args:
        seen: checksums of the earlier pages' products.
        product_ids: of this page.
    """
    checksums = [*seen, *(crc32(one.encode()) for one in product_ids)]
    if len(checksums) >= MAX_SEEN:
        return None
    packed = pack(f"<{len(checksums)}I", *checksums)
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> tuple[int, ...]:
    """The checksums in a cursor. Raises ValueError: it is none."""
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise ValueError("no cursor") from error
    if not packed or len(packed) % 4 or len(packed) > 4 * MAX_SEEN:
        raise ValueError("no cursor")
    return unpack(f"<{len(packed) // 4}I", packed)
