from __future__ import annotations

from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.cursor import MAX_SEEN, decode_cursor, encode_cursor, mark


@given(st.lists(st.text(min_size=1), min_size=1, max_size=50))
def test_a_cursor_says_what_was_shown(product_ids: list[str]):
    product_ids = [one for one in product_ids if one.isprintable()] or ["p"]
    cursor = encode_cursor([7], map(mark, product_ids))
    assert cursor is not None
    assert decode_cursor(cursor) == (7, *(crc32(one.encode()) for one in product_ids))


def test_pages_end_somewhere():
    assert encode_cursor(range(MAX_SEEN - 2), [mark("a")]) is not None
    assert encode_cursor(range(MAX_SEEN - 1), [mark("a")]) is None


@pytest.mark.parametrize("nonsense", ["", "a", "!!!!", "0000000g", "0000000A", "ä", "00000000 ", "0" * 8008])
def test_nonsense_is_no_cursor(nonsense: str):
    with pytest.raises(ValueError, match="no cursor"):
        decode_cursor(nonsense)
