from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy.sparse import csr_matrix

from models.base import top_k
from models.most_bought import MostBought
from tests.contracts.recommender import RecommenderContract


class TestMostBought(RecommenderContract):
    best_for_newcomer: ClassVar[list[int]] = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]

    def make(self) -> MostBought:
        return MostBought()


def test_own_count_then_popularity_then_everybodys() -> None:
    counts = csr_matrix(
        np.array(
            [
                [1, 2, 1, 0, 0, 0],
                [0, 0, 3, 5, 1, 0],
            ],
            dtype=np.float32,
        )
    )
    items, _ = top_k(MostBought().fit(counts).score(np.array([0])), 6)
    # own: 1 (twice), 2 and 0 (once; 2 sold more); then everybody's: 3, 4; 5 was never sold
    assert items[0].tolist() == [1, 2, 0, 3, 4, -1]


def test_popularity_never_outweighs_an_own_order_and_stays_exact_beside_large_counts() -> None:
    n = 5_000
    counts = np.zeros((3, n), dtype=np.float32)
    counts[0, :2] = [1, 400]
    counts[1] = np.arange(n)
    counts[2, 2:] = 300
    model = MostBought().fit(csr_matrix(counts))
    assert model.score(np.array([0]))[0, 2:].max() < 1
    items, _ = top_k(model.score(np.array([2])), n)
    assert items[0, :5].tolist() == [n - 1, n - 2, n - 3, n - 4, n - 5]
    assert items[0].tolist() == [*range(n - 1, 1, -1), 1, 0]
