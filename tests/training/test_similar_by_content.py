from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from tests.builders import interactions, line
from training.fitting import fit_models
from training.item_attributes import item_attributes
from training.item_similarity import ItemSimilarity
from training.model_config import ModelConfig
from training.ranking import product_lists
from training.similar_by_content import filled_up

GREEN_TEA, MUG, BLACK_TEA, JUG, WHITE_TEA = range(5)
TOKENS = item_attributes(
    [{"title": title} for title in ("green tea", "mug", "black tea", "jug", "white tea")]
).tokens
"""The first three were sold, jug and white tea never."""

SOLD_TOGETHER = csr_matrix(np.array([[0, 0.02, 0], [0.02, 0, 0], [0, 0, 0]], dtype=np.float32))


def top(similarity: csr_matrix, product: int) -> list[int]:
    return [int(item) for item in ItemSimilarity(similarity).top(4)[0][product] if item >= 0]


def test_what_customers_have_in_common_comes_first_then_what_is_described_alike() -> None:
    found = filled_up(SOLD_TOGETHER, TOKENS)
    assert top(found, GREEN_TEA) == [MUG, BLACK_TEA, WHITE_TEA]
    assert found[GREEN_TEA, MUG] == SOLD_TOGETHER[GREEN_TEA, MUG]
    assert top(found, MUG) == [GREEN_TEA]


def test_products_without_a_common_customer_and_those_never_sold_have_a_list() -> None:
    found = filled_up(SOLD_TOGETHER, TOKENS)
    assert top(found, BLACK_TEA) == [GREEN_TEA, WHITE_TEA]
    assert top(found, WHITE_TEA) == [GREEN_TEA, BLACK_TEA]
    assert top(found, JUG) == [], "nothing is described like it"
    assert (found.diagonal() == 0).all()


def test_a_product_alike_in_both_ways_keeps_its_score() -> None:
    both = csr_matrix(np.array([[0, 0, 0.5], [0, 0, 0], [0.5, 0, 0]], dtype=np.float32))
    found = filled_up(both, TOKENS)
    assert found[GREEN_TEA, BLACK_TEA] == 0.5
    assert top(found, GREEN_TEA) == [BLACK_TEA, WHITE_TEA]


def test_what_is_given_stays_as_it_was() -> None:
    before = SOLD_TOGETHER.copy()
    filled_up(SOLD_TOGETHER, TOKENS)
    np.testing.assert_array_equal(SOLD_TOGETHER.toarray(), before.toarray())


def test_unsold_products_have_a_list_of_sold_ones_that_can_be_ordered_and_are_on_none() -> None:
    orders = interactions(line("1", "ann", "a-tea"), line("1", "ann", "b-mug"), line("2", "bob", "c-tea"))
    fitted = fit_models(orders, ModelConfig(profile="quick", als_factors=4, als_iterations=2))
    titles = ["green tea", "mug", "black tea", "white tea", "red tea"]
    tokens = item_attributes([{"title": title} for title in titles]).tokens
    available = np.array([True, True, False, True, True])
    found = product_lists(fitted, 2, available, tokens)
    assert found["similar_items"].products.tolist() == [[1, -1], [0, -1], [0, -1], [0, -1], [0, -1]]
    # Their own numbers change with the catalogue.
    assert found["similar_items"].reason_products[:, 0].tolist() == [0, 1, 2, -1, -1]
    assert len(found["bought_together"].products) == 3
