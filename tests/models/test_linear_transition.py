from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from models.linear_transition import LinearTransition
from tests.contracts.recommender import CollaborativeContract, FoldInContract


class TestLinearTransition(CollaborativeContract, FoldInContract):
    def make(self) -> LinearTransition:
        return LinearTransition(regularization=0.5)


def rows(*held: list[int]) -> csr_matrix:
    """One user a list, of items 0 to 3."""
    return csr_matrix([[float(item in items) for item in range(4)] for items in held], dtype=np.float32)


def test_what_followed_is_foretold_and_not_what_came_before_it() -> None:
    """All who held item 0 took item 1 next, and all who held 2 took 3."""
    held, taken = rows([0], [0], [2], [2]), rows([1], [1], [3], [3])
    now = rows([1], [0], [3], [2])
    scores = LinearTransition().fit_step(now, held, taken).score(np.arange(4))
    assert scores[1].argmax() == 1
    assert scores[3].argmax() == 3
    np.testing.assert_array_equal(scores[[0, 2]], np.zeros((2, 4)))


def test_it_learns_what_is_taken_again() -> None:
    """Item 0 is taken again by whoever holds it, item 2 never is."""
    held, taken = rows([0, 2], [0, 2], [2], [0]), rows([0], [0], [3], [0])
    scores = LinearTransition().fit_step(rows([0, 2]), held, taken).score(np.array([0]))
    assert scores[0, 0] > 0
    assert scores[0, 2] == 0


def test_it_is_ridge_regression() -> None:
    rng = np.random.default_rng(0)
    held, taken = (csr_matrix((rng.random((8, 5)) < 0.6).astype(np.float32)) for _ in "XY")
    model = LinearTransition(regularization=0.7).fit_step(held, held, taken)
    weights = (held.toarray().sum(axis=0) + 5) ** -0.25
    x = held.toarray() * weights
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    solved = np.linalg.solve(x.T @ x + 0.7 * np.eye(5), x.T @ taken.toarray())
    np.testing.assert_allclose(model.score(np.arange(8)), x @ solved, atol=1e-5)


def test_of_many_users_evenly_many_are_learnt_from() -> None:
    held, taken = rows(*[[0]] * 6), rows(*[[1]] * 3, *[[3]] * 3)
    scores = LinearTransition(most_users=2).fit_step(held, held, taken).score(np.array([0]))
    assert scores[0, 1] == scores[0, 3] > 0


def test_without_anybody_who_came_back_it_says_nothing(tmp_path: Path) -> None:
    model = LinearTransition().fit_step(rows([0], [1]), rows([0], []), rows([], [1]))
    assert model.score(np.arange(2)).tolist() == [[0] * 4] * 2
    model.save(tmp_path)
    assert LinearTransition.load(tmp_path).score(np.arange(2)).tolist() == [[0] * 4] * 2
