from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from models.base import FitError, top_k
from models.logistic_factors import BPR, LMF, LogisticFactors
from tests.contracts.recommender import CollaborativeContract, checkerboard


class TestBPR(CollaborativeContract):
    def make(self) -> BPR:
        return BPR(factors=4, learning_rate=0.05, iterations=300)


class TestLMF(CollaborativeContract):
    def make(self) -> LMF:
        return LMF(factors=4)


@pytest.mark.parametrize("model", [BPR(factors=4), LMF(factors=4)], ids=["bpr", "lmf"])
def test_values_of_cells_do_not_count(model: LogisticFactors) -> None:
    board = checkerboard()
    users = np.arange(board.shape[0])
    once = model.fit(board).score(users)
    np.testing.assert_array_equal(model.fit(board * 7).score(users), once)


@pytest.mark.parametrize("model", [BPR(factors=4), LMF(factors=4)], ids=["bpr", "lmf"])
def test_what_nobody_bought_is_not_listed(model: LogisticFactors) -> None:
    board = checkerboard().toarray()
    board[:, 3] = 0
    items, _ = top_k(model.fit(csr_matrix(board)).score(np.arange(11)), 10)
    assert 3 not in items
    assert (items[:, 8] >= 0).all()


def test_steps_too_large_are_refused_with_the_models_name() -> None:
    with pytest.raises(FitError, match="bpr"):
        BPR(factors=4, learning_rate=1e30).fit(checkerboard())
