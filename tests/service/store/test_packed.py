"""The catalogue's packed ids, categories and flags."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.store.codec import FormatError
from service.store.packed import Categories, ProductFlags, ProductIds, encode_categories, encode_product_ids

IDS = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6), unique=True, max_size=20
)
NAME = st.text(
    st.characters(exclude_characters=">", exclude_categories=["Cs", "Z", "C"]), min_size=1, max_size=3
)
PATH = st.none() | st.lists(NAME, min_size=1, max_size=3).map(" > ".join)


@given(IDS, st.text(st.characters(exclude_categories=["Cs"]), max_size=6))
def test_ids_and_indices_find_each_other(ids, other):
    packed = ProductIds(encode_product_ids(ids))
    assert len(packed) == len(ids)
    assert list(packed) == ids == [packed[index] for index in range(len(ids))]
    assert [packed.index_of(one) for one in ids] == list(range(len(ids)))
    assert packed.index_of(other) == (ids.index(other) if other in ids else None)


def test_leading_zeros_and_case_stay():
    packed = ProductIds(encode_product_ids(["007", "7", "A", "a"]))
    assert [packed.index_of(one) for one in ("7", "007", "a", "A")] == [1, 0, 3, 2]


@pytest.mark.parametrize("index", [-1, 2, 100])
def test_an_index_out_of_range_is_an_error(index):
    with pytest.raises(IndexError):
        ProductIds(encode_product_ids(["a", "b"]))[index]


def test_a_slice_gives_a_list():
    assert ProductIds(encode_product_ids(["c", "a", "b"]))[1:] == ["a", "b"]


def test_an_id_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        encode_product_ids(["a", "b", "a"])


@given(st.lists(PATH, max_size=12))
def test_each_product_keeps_its_category(paths):
    categories = Categories(encode_categories(paths))
    assert [categories.path(index) for index in range(len(paths))] == paths


@given(st.lists(PATH, min_size=1, max_size=12), st.data())
def test_a_path_matches_itself_and_what_lies_below(paths, data):
    wanted = data.draw(st.sampled_from(paths).filter(bool) if any(paths) else st.just("A"))
    categories = Categories(encode_categories(paths))
    codes = categories.matching(wanted)
    matched = [index for index in range(len(paths)) if categories.codes[index] in codes]
    parts = wanted.split(" > ")
    assert matched == [i for i, path in enumerate(paths) if path and path.split(" > ")[: len(parts)] == parts]


@pytest.mark.parametrize(
    "wanted, matched",
    [
        ("Food", [0, 1, 2]),
        ("Food > Dairy", [1]),
        (" Food>Dairy > ", [1]),
        ("Foo", []),
        ("food", []),
        ("Dairy", []),
        ("", []),
        (" > ", []),
    ],
)
def test_whole_names_from_the_root(wanted, matched):
    categories = Categories(encode_categories(["Food", "Food > Dairy", "Food>Drinks", "Foodstuff", None]))
    codes = categories.matching(wanted)
    assert [index for index in range(5) if categories.codes[index] in codes] == matched


@pytest.mark.parametrize("cut", [0, 4, 9, 25])
def test_ids_that_were_cut_are_refused(cut):
    with pytest.raises(FormatError):
        ProductIds(encode_product_ids(["milk", "tea"])[:cut])


@pytest.mark.parametrize("cut", [0, 4, 12, 18])
def test_categories_that_were_cut_are_refused(cut):
    with pytest.raises(FormatError):
        Categories(encode_categories(["A", "B"])[:cut])


def test_an_empty_catalogue_is_one():
    assert len(ProductIds(encode_product_ids([]))) == 0
    assert Categories(encode_categories([])).matching("A") == frozenset()


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=20))
def test_flags_come_back_as_they_were(flags):
    listed, withdrawn = np.array(flags, dtype=bool).reshape(-1, 2).T
    packed = ProductFlags(listed, withdrawn).packed()
    found = ProductFlags.unpacked(packed)
    assert (found.listed.tolist(), found.withdrawn.tolist()) == (listed.tolist(), withdrawn.tolist())
    for damaged in (packed[:-1], packed + b"\0", b"\x07" + packed[1:]):
        with pytest.raises(FormatError):
            ProductFlags.unpacked(damaged)
