"""Four products, of 4, 2, 1 and 1 of 4 orders before the cut, and one that sold later only."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from tests.builders import interactions, line
from training.evaluation.beyond_accuracy import (
    Assortment,
    ProductFacts,
    beyond_accuracy,
    gini,
    spend_caught,
)
from training.splits import TemporalSplit, temporal_split

CUP, JUG, LATE, POT, TEA = range(5)


def split() -> TemporalSplit:
    orders = interactions(
        *(line(str(n), "ann", "tea", at=f"2026-01-0{n}") for n in (1, 2)),
        *(line(str(n), "bob", "tea", at=f"2026-01-0{n}") for n in (3, 4)),
        line("1", "ann", "cup", at="2026-01-01"),
        line("3", "bob", "cup", at="2026-01-03"),
        line("1", "ann", "jug", at="2026-01-01"),
        line("4", "bob", "pot", at="2026-01-04"),
        line("8", "ann", "tea", at="2026-01-08", price=8),
        line("8", "ann", "pot", at="2026-01-08", price=2),
        line("9", "bob", "late", at="2026-01-08", price=90),
        line("9", "bob", "jug", at="2026-01-08", price=10),
    )
    return temporal_split(orders, window_days=2)


def shape(*lists: list[int]) -> np.ndarray:
    return np.array([[*items, *[-1] * (20 - len(items))] for items in lists])


def test_how_known_products_are() -> None:
    facts = ProductFacts.at(split())
    assert facts.orders.tolist() == [2, 1, 0, 1, 4]
    assert facts.self_information.tolist() == [1, 2, 0, 2, 0]
    # of four sold: jug and pot share the ranks 1 and 2
    assert facts.percentile.tolist() == [0.75, 0.375, 0, 0.375, 1]
    # tea and cup make 6 of 8 sales, jug crosses 80 %
    assert facts.is_tail[[CUP, JUG, POT, TEA]].tolist() == [False, False, True, False]


def test_the_figures_of_two_lists_by_hand() -> None:
    cut = split()
    found = beyond_accuracy(shape([TEA, CUP], [TEA]), cut.goals, ProductFacts.at(cut))
    assert found["coverage@10"] == 2 / 4
    # shown 2, 1, 0, 0 times
    assert found["gini@10"] == pytest.approx((-3 * 0 - 0 + 1 * 1 + 3 * 2) / (4 * 3))
    assert found["novelty@10"] == pytest.approx((0 + 1 + 0) / 3)
    assert found["popularity@10"] == pytest.approx((1 + 0.75 + 1) / 3)
    # listed: 4, 2 and 4 orders; bought: tea and pot, jug
    assert found["popularity_lift@10"] == pytest.approx((10 / 3) / ((4 + 1 + 1) / 3))
    assert found["length@10"] == 1.5
    # ann and bob both bought tea and both a cup
    assert found["similarity@10"] == pytest.approx(1)
    assert found["unavailable@10"] is None


def test_products_that_nobody_bought_together_are_not_alike() -> None:
    cut = split()
    facts = ProductFacts.at(cut)
    assert beyond_accuracy(shape([JUG, POT], [JUG, POT]), cut.goals, facts)["similarity@10"] == pytest.approx(
        0
    )
    # tea and cup 1, tea and jug 1 / sqrt 2, cup and jug 1 / sqrt 2
    mixed = beyond_accuracy(shape([TEA, CUP, JUG], []), cut.goals, facts)["similarity@10"]
    assert mixed == pytest.approx((1 + 2 / np.sqrt(2)) / 3)


def test_only_the_first_ten_places_count() -> None:
    cut = split()
    lists = np.full((2, 20), TEA)
    lists[:, 10:] = CUP
    found = beyond_accuracy(lists, cut.goals, ProductFacts.at(cut))
    assert found["coverage@10"] == 1 / 4
    assert found["length@10"] == 10


def test_what_a_catalogue_tells() -> None:
    cut = split()
    attributes = csr_matrix(np.array([[1, 0], [1, 0], [1, 0], [0, 1], [0, 1], [1, 0]], dtype=np.float32))
    available = np.array([True, False, True, True, True, True])
    facts = ProductFacts.at(cut, Assortment(attributes, available))
    found = beyond_accuracy(shape([CUP, JUG], [JUG, TEA]), cut.goals, facts)
    assert found["unavailable@10"] == 0.5
    assert found["similarity@10"] == 0.5


def test_empty_lists_say_nothing_but_that() -> None:
    cut = split()
    found = beyond_accuracy(shape([], []), cut.goals, ProductFacts.at(cut))
    assert found["coverage@10"] == 0
    assert found["gini@10"] is None
    assert found["novelty@10"] is None


def test_gini() -> None:
    assert gini(np.array([3, 3, 3])) == pytest.approx(0)
    assert gini(np.array([0, 0, 0, 9])) == pytest.approx(3 / 4)
    assert gini(np.zeros(3)) == 0


def test_the_share_of_the_money_that_was_caught() -> None:
    cut = split()
    # ann pays 8 for tea and 2 for a pot, bob 10 for a jug; what sold later only is no goal
    assert spend_caught(shape([TEA], [LATE, TEA]), cut.goals, cut.spend) == pytest.approx(8 / 20)
    assert spend_caught(shape([TEA, POT], [JUG]), cut.goals, cut.spend) == 1
    assert spend_caught(shape([CUP], []), cut.goals, cut.spend) == 0


def test_without_prices_nothing_is_told_of_money() -> None:
    cut = split()
    assert spend_caught(shape([TEA], [JUG]), cut.goals, csr_matrix(cut.spend.shape)) is None
