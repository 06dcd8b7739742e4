from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from models.personal import PersonalFrequency
from tests.contracts.recommender import RecommenderContract


class TestPersonalFrequency(RecommenderContract):
    def make(self) -> PersonalFrequency:
        return PersonalFrequency()


def test_a_user_gets_the_own_row() -> None:
    matrix = csr_matrix(np.array([[0.5, 0, 2], [3, 0, 0]], dtype=np.float32))
    assert PersonalFrequency().fit(matrix).score(np.array([1, 0])).tolist() == [[3, 0, 0], [0.5, 0, 2]]
