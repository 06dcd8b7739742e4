"""Ids as integers, and back."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from training.numbering import NO_ID, are_among, in_pairs, number, ranks


def ids(*texts: str | None) -> pl.Series:
    return pl.Series("customer_id", texts, dtype=pl.String)


def test_numbers_are_positions_among_the_sorted_ids() -> None:
    numbered = number(ids("bob", "bob", None, "ann", "Bob", "bob"))
    assert numbered.ids.to_list() == ["Bob", "ann", "bob"]
    assert numbered.numbers.tolist() == [2, 2, NO_ID, 1, 0, 2]
    assert numbered.numbers.dtype == np.int32


def test_ids_that_look_alike_are_two() -> None:
    numbered = number(ids("007", "7", "caf\u00e9", "cafe\u0301", "a", "a "))
    assert len(numbered.ids) == 6


def test_among_a_longer_list() -> None:
    among = number(ids("bob", None, "ann")).among(ids("abe", "ann", "bob"))
    assert among.numbers.tolist() == [2, NO_ID, 1]
    assert among.ids.to_list() == ["abe", "ann", "bob"]


def test_ids_that_no_row_has_any_more_are_left_out() -> None:
    numbered = number(ids("tea", "jam", None, "mug"))
    left = type(numbered)(numbered.ids, numbered.numbers[[0, 2, 3]]).in_use()
    assert left.ids.to_list() == ["mug", "tea"]
    assert left.numbers.tolist() == [1, NO_ID, 0]


@given(st.lists(st.none() | st.text(max_size=3), max_size=20))
def test_there_and_back(texts: list[str | None]) -> None:
    numbered = number(ids(*texts))
    assert numbered.texts().to_list() == texts
    assert numbered.ids.to_list() == sorted({text for text in texts if text is not None}, key=str.encode)


FEW = st.integers(0, 3)


@given(st.lists(st.tuples(FEW, st.integers(NO_ID, 3), st.integers(NO_ID, 3)), max_size=12))
def test_ranks_rise_with_the_columns_and_are_equal_where_these_are(rows: list[tuple[int, int, int]]) -> None:
    time, order, product = np.array(rows, dtype=np.int32).reshape(-1, 3).T
    ranked = ranks({"time": time, "order": order}, product)
    assert [rows[at] for at in np.argsort(ranked, kind="stable")] == sorted(rows)
    assert len(set(ranked.tolist())) == len(set(rows))


@given(st.lists(st.tuples(FEW, FEW), max_size=12), st.booleans())
def test_pairs_that_another_row_has(rows: list[tuple[int, int]], is_sorted: bool) -> None:
    if is_sorted:
        rows.sort()
    first, second = np.array(rows, dtype=np.int32).reshape(-1, 2).T
    assert in_pairs(first, second).to_list() == [rows.count(row) > 1 for row in rows]


def test_which_rows_are_among_some() -> None:
    numbers = np.array([2, NO_ID, 0, 2, 1])
    assert are_among(numbers, np.array([2, 1])).tolist() == [True, False, False, True, True]
    assert are_among(numbers, np.array([NO_ID])).tolist() == [False, True, False, False, False]
