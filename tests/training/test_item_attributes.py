from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.builders import cleaned, line
from training.catalog import read_catalog
from training.item_attributes import attributes_of, item_attributes


def record(title: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "brand": None, "category": None, "tags": None, **more}


def likeness(*records: dict[str, Any]) -> np.ndarray:
    tokens = item_attributes(records).tokens
    return (tokens @ tokens.T).toarray()


def test_words_are_compared_without_regard_to_case_and_form() -> None:
    composed, decomposed, wide, sharp = likeness(
        record("Café Straße"), record("CAFE\u0301 STRASSE"), record("ｃａｆé straße"), record("tea")
    )
    assert decomposed[0] == pytest.approx(1)
    assert composed[2] == pytest.approx(1)
    assert wide[3] == sharp[0] == 0


def test_a_rare_word_tells_more_than_a_common_one() -> None:
    found = likeness(record("red lamp"), record("red mug"), record("blue lamp"), record("red sock"))
    assert found[0, 2] > found[0, 1] > 0


def test_words_hold_their_marks() -> None:
    # Two Hindi words that share their consonants and differ in their vowel signs.
    assert likeness(record("दिन"), record("दान"))[0, 1] == 0


def test_the_kinds_of_attributes_are_kept_apart() -> None:
    found = likeness(
        record("phone", brand="Apple"),
        record("apple"),
        record("juice", tags=["apple"]),
        record("pie", category="apple"),
    )
    np.testing.assert_allclose(found, np.eye(4), atol=1e-6)


def test_each_level_of_a_category_counts_under_the_one_above() -> None:
    beef, pork, pet = (
        record("steak", category="Meat > Beef"),
        record("chop", category="meat > Pork"),
        record("chunks", category="Pet > Beef"),
    )
    found = likeness(beef, pork, pet)
    assert found[0, 1] > 0
    assert found[0, 2] == 0


def test_tags_and_brands_tie_products_together() -> None:
    found = likeness(
        record("a", tags=["Vegan", "gift set"]), record("b", tags=["vegan"]), record("c", brand=" Lidl "),
        record("d", brand="LIDL"), record("e", tags=["gift"]),
    )  # fmt: skip
    assert found[0, 1] > 0
    assert found[2, 3] > 0
    assert found[0, 4] == 0


def test_codes_of_top_categories_and_brands() -> None:
    found = item_attributes(
        [
            record("a", category="Toys > Cars", brand="Ann"),
            record("b", category="Books", brand="ann"),
            record("c", category=" > ", brand=""),
            record("d", category="Toys", brand="Bob"),
        ]
    )
    assert found.category_names == ("Books", "Toys")
    assert found.category.tolist() == [1, 0, -1, 1]
    assert found.brand[0] == found.brand[1] != found.brand[3]
    assert found.brand[2] == -1
    assert found.category.dtype == found.brand.dtype == np.int32
    assert len(found) == 4


def test_rows_are_of_length_one_or_empty() -> None:
    tokens = item_attributes([record("tea tea cup", brand="x"), record("!!"), record("")]).tokens
    assert tokens.dtype == np.float32
    np.testing.assert_allclose(np.asarray(tokens.multiply(tokens).sum(axis=1)).ravel(), [1, 0, 0], rtol=1e-6)


def test_no_products_at_all() -> None:
    found = item_attributes([])
    assert len(found) == 0
    assert found.tokens.shape == (0, 0)


def test_an_id_in_the_place_of_a_title_is_no_description() -> None:
    lines = cleaned(line(product="shelf 1"), line("2", product="shelf 2", title="Oak shelf")).lines
    table = read_catalog([]).for_products(["shelf 1", "shelf 2"], lines)
    assert np.diff(attributes_of(table).tokens.indptr).tolist() == [0, 2]
