from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from models.base import top_k
from models.ease import EASE
from tests.contracts.recommender import CollaborativeContract, FoldInContract, checkerboard


class TestExact(CollaborativeContract, FoldInContract):
    def make(self) -> EASE:
        return EASE(regularization=1)


class TestByBlocks(CollaborativeContract, FoldInContract):
    def make(self) -> EASE:
        return EASE(regularization=1, exact_up_to=0, neighbours=4)


def held(n_users: int, n_items: int) -> csr_matrix:
    """Users of two tastes: each holds a random part of the even or of the odd items."""
    rng = np.random.default_rng(0)
    user, item = np.indices((n_users, n_items))
    return csr_matrix(((user % 2 == item % 2) & (rng.random((n_users, n_items)) < 0.7)).astype(np.float32))


def from_the_paper(rows: csr_matrix, penalty: float) -> np.ndarray:
    """X B by the listing in Steck (2019)."""
    x = rows.toarray().astype(np.float64)
    gram = x.T @ x + penalty * np.eye(x.shape[1])
    inverse = np.linalg.inv(gram)
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return x @ weights


@pytest.mark.parametrize("shape", [(40, 12), (12, 40)], ids=["by items", "by users"])
def test_exact_from_either_side(shape: tuple[int, int]) -> None:
    rows = held(*shape)
    scores = EASE(regularization=2).fit(rows).score(np.arange(shape[0]))
    np.testing.assert_allclose(scores, from_the_paper(rows, 2), atol=1e-5)


def test_blocks_that_hold_all_items_are_exact() -> None:
    rows = held(40, 12)
    blocks = EASE(regularization=2, exact_up_to=0, neighbours=11).fit(rows)
    # Items of the other taste share no user and so are no neighbours: their exact weights are 0.
    np.testing.assert_allclose(blocks.score(np.arange(40)), from_the_paper(rows, 2), atol=1e-5)


def test_an_item_does_not_speak_for_itself() -> None:
    rows = csr_matrix(np.array([[1, 0], [0, 1]], dtype=np.float32))
    assert EASE(regularization=1).fit(rows).score(np.arange(2)).tolist() == [[0, 0], [0, 0]]


class TestFewerUsersThanItems:
    rows = held(12, 40)

    def test_strangers_get_items_of_their_taste(self) -> None:
        model = EASE(regularization=2).fit(self.rows)
        stranger = csr_matrix((np.ones(2, dtype=np.float32), ([0, 0], [3, 5])), shape=(1, 40))
        items, _ = top_k(model.score_rows(stranger), 5, exclude=stranger)
        assert (items % 2 == 1).all()

    def test_saved_and_loaded(self, tmp_path: Path) -> None:
        model = EASE(regularization=2).fit(self.rows)
        model.save(tmp_path)
        users = np.arange(12)
        np.testing.assert_array_equal(EASE.load(tmp_path).score(users), model.score(users))


def test_blocks_give_each_item_weights_of_its_neighbours_only() -> None:
    model = EASE(regularization=1, exact_up_to=0, neighbours=2).fit(checkerboard())
    each_alone = model.score_rows(csr_matrix(np.eye(10, dtype=np.float32)))
    assert np.count_nonzero(each_alone, axis=0).tolist() == [2] * 10
