"""Ids as integers, and back."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from training.numbering import NO_ID, number


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
