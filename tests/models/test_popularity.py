from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy.sparse import csr_matrix

from models.popularity import Popularity
from tests.contracts.recommender import RecommenderContract


class TestPopularity(RecommenderContract):
    best_for_newcomer: ClassVar[list[int]] = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]

    def make(self) -> Popularity:
        return Popularity()

    def side(self, user: int) -> set[int]:
        return {0, 2, 4, 6, 8}


def test_everybody_gets_the_column_sums() -> None:
    model = Popularity().fit(csr_matrix(np.array([[1, 0, 2], [3, 0, 0]], dtype=np.float32)))
    assert model.score(np.array([0, 1])).tolist() == [[4, 0, 2], [4, 0, 2]]
