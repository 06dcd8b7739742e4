"""Where the next page of an answer begins: what was shown already, by checksum.

A cursor holds the CRC-32 of each product id that earlier pages showed, as 8 hex digits each. So no page
repeats a product, though a new version or new rules went live in between, and nothing is stored. Two ids with
one checksum, one pair in 4 thousand million, cost one product its place on a later page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from zlib import crc32

MAX_SEEN = 1_000
"""Products on all pages of one answer: 8 kB of a URL."""

_CURSOR = re.compile(f"(?:[0-9a-f]{{8}}){{1,{MAX_SEEN}}}")


def checksum(product_id: str) -> int:
    """What stands for a product in a cursor."""
    return crc32(product_id.encode())


def mark(product_id: str) -> str:
    """The checksum as a cursor writes it."""
    return f"{checksum(product_id):08x}"


def encode_cursor(seen: Sequence[int], marks: Iterable[str]) -> str | None:
    """The cursor behind some products; None where no page may follow.

    Args:
        seen: checksums of the earlier pages' products.
        marks: of this page's products.
    """
    cursor = "".join(marks)
    if seen:
        cursor = "".join([f"{one:08x}" for one in seen]) + cursor
    return cursor if len(cursor) < 8 * MAX_SEEN else None


def decode_cursor(cursor: str) -> tuple[int, ...]:
    """The checksums in a cursor. Raises ValueError: it is none."""
    if not _CURSOR.fullmatch(cursor):
        raise ValueError("no cursor")
    return tuple(int(cursor[start : start + 8], 16) for start in range(0, len(cursor), 8))
