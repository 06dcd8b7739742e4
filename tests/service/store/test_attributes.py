"""What rules ask of products, packed and read back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.store.attributes import ProductAttributes
from service.store.codec import FormatError

RECORDS: list[dict[str, Any]] = [
    {"brand": "Acme", "price": 2.5, "in_stock": True, "tags": ["vegan", "new"]},
    {"brand": None, "price": None, "in_stock": False, "tags": None},
    {"brand": "Zest", "price": 10, "tags": ["vegan"]},
]


def test_a_packed_table_tells_the_same() -> None:
    table = ProductAttributes.unpacked(ProductAttributes.of(RECORDS).packed())

    assert table.prices[[0, 2]].tolist() == [2.5, 10]
    assert np.isnan(table.prices[1])
    assert table.in_stock.tolist() == [1, 0, 1]
    assert table.with_brand("Acme").tolist() == [True, False, False]
    assert table.with_tag("vegan").tolist() == [True, False, True]
    assert table.with_tag("new").tolist() == [True, False, False]


@pytest.mark.parametrize("nothing", ["", "unheard of"])
def test_nothing_is_of_no_name(nothing: str) -> None:
    table = ProductAttributes.of(RECORDS)

    assert not table.with_brand(nothing).any()
    assert not table.with_tag(nothing).any()


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)


@given(st.lists(st.fixed_dictionaries({"brand": st.none() | names, "tags": st.lists(names, max_size=3)})))
def test_every_product_keeps_its_own(records: list[dict[str, Any]]) -> None:
    table = ProductAttributes.unpacked(ProductAttributes.of(records).packed())

    for index, record in enumerate(records):
        for brand in table.brand_names[1:]:
            assert table.with_brand(brand)[index] == (record["brand"] == brand)
        for tag in table.tag_names[1:]:
            assert table.with_tag(tag)[index] == (tag in record["tags"])


def test_damage_is_named() -> None:
    packed = ProductAttributes.of(RECORDS).packed()

    for cut in (0, 5, 20, len(packed) - 1):
        with pytest.raises(FormatError):
            ProductAttributes.unpacked(packed[:cut])
