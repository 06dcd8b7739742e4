"""Packed lists: known bytes, what survives the way there and back, what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.store.codec import (
    MAX_PRODUCTS,
    REASONS,
    FormatError,
    PackedList,
    decode_indices,
    decode_list,
    encode_indices,
    encode_lists,
)

INDEX = st.integers(0, MAX_PRODUCTS - 1)
SCORE = st.floats(width=16, allow_nan=False, allow_infinity=False)
ITEM = st.tuples(INDEX, SCORE, st.integers(0, len(REASONS) - 1), INDEX | st.just(-1))


def encode(lists: list[list[tuple[int, float, int, int]]]) -> list[bytes]:
    """Lists of different lengths, padded to one rectangle as callers do."""
    width = max((len(one) for one in lists), default=0)
    columns = np.zeros((4, len(lists), width))
    columns[0] = -1
    for row, items in enumerate(lists):
        for place, item in enumerate(items):
            columns[:, row, place] = item
    return encode_lists(
        columns[0].astype(np.int64), columns[1], columns[2].astype(np.uint8), columns[3].astype(np.int64)
    )


def test_a_known_list_has_known_bytes():
    (value,) = encode([[(0x030201, 1.0, 2, -1)]])
    assert value.hex(" ") == "01 01 02 03 00 3c 02 ff ff ff"


def test_fifty_items_take_451_bytes_and_json_eight_times_that():
    items = [(index, 0.5, 2, index + 1) for index in range(50)]
    named = [
        {"product_id": f"{p:06d}", "score": s, "reason": {"code": REASONS[r], "product_id": f"{of:06d}"}}
        for p, s, r, of in items
    ]
    assert len(encode([items])[0]) == 451
    assert len(json.dumps(named)) > 8 * 451


@given(st.lists(st.lists(ITEM, max_size=8), max_size=5))
def test_every_list_comes_back_as_it_was(lists):
    assert [decode_list(value) for value in encode(lists)] == lists


@given(st.lists(ITEM, max_size=12), st.integers(-14, 14), st.none() | st.integers(-14, 14))
def test_a_packed_list_reads_like_the_list_that_it_holds(items, start, stop):
    (value,) = encode([items])
    packed = PackedList(value)
    assert (len(packed), list(packed), packed[:]) == (len(items), items, items)
    assert packed[start:stop] == items[start:stop]
    assert packed[:stop] == items[:stop]
    if items:
        assert (packed[0], packed[-1]) == (items[0], items[-1])


@given(st.lists(ITEM.map(lambda item: (item[0] % 100, *item[1:])), max_size=12))
def test_weighted_multiplies_each_score_by_its_products_factor(items):
    factors = np.linspace(0, 2, 100, dtype=np.float32)
    (value,) = encode([items])
    expected = [(product, float(factors[product]) * score, *rest) for product, score, *rest in items]
    assert PackedList(value).weighted(factors.data) == expected


def test_what_is_no_list_is_refused_before_anybody_looks_into_it():
    with pytest.raises(FormatError):
        PackedList(b"\x07nonsense")


def test_padding_is_dropped_wherever_it_stands():
    products = np.array([[-1, 7, -1, 8]])
    (value,) = encode_lists(products, np.ones((1, 4)), np.zeros((1, 4), np.uint8), np.full((1, 4), -1))
    assert [item[0] for item in decode_list(value)] == [7, 8]


def test_an_empty_list_is_a_list():
    assert [decode_list(value) for value in encode([[], [(1, 0.5, 0, -1)]])] == [[], [(1, 0.5, 0, -1)]]


def test_no_lists_at_all():
    empty = np.empty((0, 5))
    assert encode_lists(empty.astype(int), empty, empty.astype(np.uint8), empty.astype(int)) == []


def test_only_the_first_items_are_decoded_on_demand():
    (value,) = encode([[(index, 0.5, 0, -1) for index in range(9)]])
    assert [item[0] for item in decode_list(value, 3)] == [0, 1, 2]
    assert decode_list(value, 100) == decode_list(value)


def test_scores_keep_three_digits_and_huge_ones_are_clipped():
    (value,) = encode([[(1, 0.123456, 0, -1), (2, 1e9, 0, -1), (3, -1e9, 0, -1)]])
    scores = [item[1] for item in decode_list(value)]
    assert scores[0] == pytest.approx(0.123456, rel=1e-3)
    assert scores[1:] == [65504.0, -65504.0]


@pytest.mark.parametrize(
    "item, said",
    [
        ((MAX_PRODUCTS, 0.5, 0, -1), "16,777,214 products"),
        ((1, 0.5, 0, MAX_PRODUCTS), "16,777,214 products"),
        ((1, 0.5, len(REASONS), -1), "reason code"),
        ((1, float("nan"), 0, -1), "not a number"),
        ((1, 0.5, 0, -2), "out of range"),
    ],
)
def test_what_does_not_fit_is_refused(item, said):
    with pytest.raises(ValueError, match=said):
        encode([[item]])


def test_arrays_of_different_shapes_are_refused():
    with pytest.raises(ValueError, match="shape"):
        encode_lists(
            np.zeros((1, 2), int), np.zeros((1, 3)), np.zeros((1, 2), np.uint8), np.zeros((1, 2), int)
        )


@pytest.mark.parametrize("value", [b"", b"\x02", b"\x01" + b"x" * 8, b"[1]"])
def test_foreign_bytes_are_refused(value):
    with pytest.raises(FormatError):
        decode_list(value)


@given(st.lists(INDEX, max_size=20))
def test_indices_come_back_in_their_order(indices):
    value = encode_indices(np.array(indices, dtype=np.int64))
    assert len(value) == 1 + 3 * len(indices)
    assert decode_indices(value).tolist() == indices


@pytest.mark.parametrize("index", [-1, MAX_PRODUCTS])
def test_indices_out_of_range_are_refused(index):
    with pytest.raises(ValueError, match=r"negative|16,777,214"):
        encode_indices(np.array([index]))


def test_reason_codes_keep_their_numbers():
    assert REASONS == (
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
