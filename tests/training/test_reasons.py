from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from models.blend import Ranking
from service.store.codec import REASONS
from training.reasons import reasons_of

TEA, CUP, JAM, JUG = range(4)
NONE = -1
TOGETHER = csr_matrix(([1.0], ([TEA], [CUP])), shape=(4, 4))
"""Cups stand in orders with tea."""


def reasons(contributions: dict[str, list[float]], items: list[int], because_of: list[int]) -> list[tuple]:
    ranking = Ranking(
        np.array([items]), np.ones((1, len(items))), {k: np.array([v]) for k, v in contributions.items()}
    )
    codes, products = reasons_of(ranking, np.array([because_of]), TOGETHER)
    named = [REASONS[code] for code in codes[0]]
    return list(zip(named, products[0].tolist(), strict=True))


def two_stage(cause: str, value: float = 1.0) -> dict[str, list[float]]:
    causes = ("habit", "cadence", "likeness", "popularity", "trend", "newness")
    return {name: [value if name == cause else 0.0] for name in causes}


def test_the_strongest_cause_gives_the_reason() -> None:
    assert reasons(two_stage("habit"), [TEA], [NONE]) == [("bought_often", NONE)]
    assert reasons(two_stage("popularity"), [TEA], [JAM]) == [("popular", NONE)]
    assert reasons(two_stage("trend"), [TEA], [JAM]) == [("trending", NONE)]
    assert reasons(two_stage("newness"), [TEA], [JAM]) == [("new", NONE)]


def test_likeness_names_the_product_and_how_it_goes_with_it() -> None:
    assert reasons(two_stage("likeness"), [JUG], [JAM]) == [("similar_to", JAM)]
    assert reasons(two_stage("likeness"), [CUP], [TEA]) == [("bought_with", TEA)]


def test_likeness_to_nothing_in_particular_gives_way_to_the_next_cause() -> None:
    contributions = two_stage("likeness") | {"trend": [0.5]}
    assert reasons(contributions, [JUG], [NONE]) == [("trending", NONE)]


def test_due_again_where_the_time_since_the_last_purchase_makes_most_of_the_habit() -> None:
    contributions = two_stage("habit", 1.0)
    assert reasons(contributions | {"cadence": [0.6]}, [TEA], [NONE]) == [("due_again", NONE)]
    assert reasons(contributions | {"cadence": [0.4]}, [TEA], [NONE]) == [("bought_often", NONE)]
    assert reasons(two_stage("popularity") | {"cadence": [0.6]}, [TEA], [NONE]) == [("popular", NONE)]


def test_what_nothing_speaks_for_is_called_popular() -> None:
    assert reasons(two_stage("habit", -1.0), [TEA], [JAM]) == [("popular", NONE)]


def test_the_parts_of_the_fixed_blend_are_reasons_too() -> None:
    parts = {
        "personal": [1.0, 0.0, 0.0],
        "popular": [0.5, 0.5, 0.0],
        "als": [0.0, 0.0, 0.3],
        "related": [0.0, 0.0, 0.1],
    }
    assert reasons(parts, [TEA, JUG, CUP], [NONE, NONE, TEA]) == [
        ("bought_often", NONE),
        ("popular", NONE),
        ("bought_with", TEA),
    ]
