from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from models.base import top_k
from models.content import ContentKNN
from tests.contracts.recommender import CollaborativeContract, FoldInContract


def of_sides() -> csr_matrix:
    """Ten items: the even ones hold one token, the odd ones another; each holds a fainter one of its own."""
    side = np.eye(2)[np.arange(10) % 2]
    return csr_matrix(np.hstack([0.8 * side, 0.6 * np.eye(10)]).astype(np.float32))


class TestContentKNN(FoldInContract, CollaborativeContract):
    def make(self) -> ContentKNN:
        return ContentKNN(of_sides(), neighbours=4)


def test_items_that_nobody_bought_are_found_by_their_content() -> None:
    tokens = csr_matrix(np.array([[1, 0], [0, 1], [0.8, 0.6], [0, 1]], dtype=np.float32))
    held = csr_matrix(np.array([[2, 0, 0, 0], [0, 1, 0, 0]], dtype=np.float32))
    scores = ContentKNN(tokens).fit(held).score(np.array([0, 1]))
    np.testing.assert_allclose(scores, [[2, 0, 1.6, 0], [0, 1, 0.6, 1]], rtol=1e-6)


def test_only_the_nearest_are_kept_and_the_item_itself_on_demand() -> None:
    model = ContentKNN(of_sides(), neighbours=2, with_itself=False)
    similarity = model.fit(csr_matrix(np.eye(10, dtype=np.float32))).similarity
    assert np.diff(similarity.indptr).tolist() == [2] * 10
    assert (similarity.diagonal() == 0).all()
    assert similarity.nnz == 20


def test_items_without_any_token_are_like_nothing() -> None:
    tokens = csr_matrix(np.array([[1], [0], [1]], dtype=np.float32))
    model = ContentKNN(tokens).fit(csr_matrix(np.ones((1, 3), dtype=np.float32)))
    assert model.score(np.array([0])).tolist() == [[2, 0, 2]]


def test_a_token_that_most_items_hold_finds_no_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.content._COMMON_ITEMS", 3)
    rare = np.zeros((5, 1))
    rare[:2] = 0.6
    tokens = csr_matrix(np.hstack([np.full((5, 1), 0.8), rare]).astype(np.float32))
    similarity = ContentKNN(tokens, with_itself=False).fit(csr_matrix(np.ones((1, 5), np.float32))).similarity
    np.testing.assert_allclose(similarity.toarray()[:2, :2], [[0, 0.36], [0.36, 0]], rtol=1e-6)
    assert similarity.nnz == 2


def test_items_beyond_the_tokens_are_refused() -> None:
    with pytest.raises(ValueError, match="10 items, the matrix has 11"):
        ContentKNN(of_sides()).fit(csr_matrix(np.ones((1, 11), dtype=np.float32)))


def test_loaded_it_can_be_fitted_again(tmp_path: Path) -> None:
    held = csr_matrix(np.eye(10, dtype=np.float32))
    ContentKNN(of_sides(), neighbours=3).fit(held).save(tmp_path)
    again = ContentKNN.load(tmp_path).fit(held)
    assert top_k(again.score(np.array([0])), 1)[0].tolist() == [[0]]
