"""A session folded in: plain sums of neighbours."""

from __future__ import annotations

import pytest

from service.query import Candidate
from service.session import DECAY, folded_in, seeds
from service.store.codec import REASONS

SIMILAR, WITH = REASONS.index("similar_to"), REASONS.index("bought_with")


def near(of: int, *scores: float) -> list[Candidate]:
    """Neighbours 10, 11, … of a product, with these scores."""
    return [(10 + place, score, SIMILAR, of) for place, score in enumerate(scores)]


def test_what_was_viewed_last_weighs_most():
    asked = seeds(["new", "old"], [])
    found = folded_in(
        asked, {("similar_items", "new"): near(1, 0.5), ("similar_items", "old"): [(20, 0.5, SIMILAR, 2)]}
    )
    assert [candidate[0] for candidate in found] == [10, 20]
    assert found[1][1] == pytest.approx(found[0][1] * DECAY)


def test_what_is_near_to_several_views_comes_before_what_is_near_to_one():
    lists = {
        ("similar_items", "a"): [(6, 0.9, SIMILAR, 1), (5, 0.6, SIMILAR, 1)],
        ("similar_items", "b"): [(5, 0.8, SIMILAR, 2)],
    }
    found = folded_in(seeds(["a", "b"], []), lists)
    # 5: 0.6 / 0.9 + 0.8 × 1 = 1.4667; 6: 1; over the weights' sum of 1.8.
    assert [candidate[0] for candidate in found] == [5, 6]
    assert found[0][1:] == (pytest.approx((0.6 / 0.9 + 0.8) / 1.8), SIMILAR, 2)


def test_the_cart_asks_for_what_goes_with_it_and_a_view_of_what_is_in_it_asks_for_nothing():
    assert seeds(["kettle", "tea"], ["tea"]) == [
        ("similar_items", "kettle", 1),
        ("bought_together", "tea", 1),
    ]


def test_products_without_neighbours_add_nothing():
    assert folded_in(seeds(["a"], ["b"]), {}) == []
