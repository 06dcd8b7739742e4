from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from models.base import FoldIn
from models.item_knn import BM25KNN, CosineKNN, ItemKNN, TfidfKNN
from tests.contracts.recommender import CollaborativeContract, FoldInContract, checkerboard


class TestBM25KNN(CollaborativeContract, FoldInContract):
    def make(self) -> FoldIn:
        return BM25KNN(neighbours=4)


class TestTfidfKNN(CollaborativeContract, FoldInContract):
    def make(self) -> FoldIn:
        return TfidfKNN(neighbours=4)


class TestCosineKNN(CollaborativeContract, FoldInContract):
    def make(self) -> FoldIn:
        return CosineKNN(neighbours=4)


def test_cosine_of_two_columns() -> None:
    rows = csr_matrix(np.array([[1, 1, 0], [1, 0, 1], [0, 0, 1]], dtype=np.float32))
    similarity = CosineKNN(neighbours=2).neighbours_in(rows).toarray()
    np.testing.assert_allclose(
        similarity,
        [[1, 1 / np.sqrt(2), 1 / 2], [1 / np.sqrt(2), 1, 0], [1 / 2, 0, 1]],
        rtol=1e-6,
    )


def test_damping_prefers_what_was_seen_together_often() -> None:
    # 0 and 1 stand together once, and nowhere else; 2 and 3 eight times out of ten and nine.
    rows = np.zeros((12, 4), dtype=np.float32)
    rows[0, [0, 1]] = 1
    rows[1:11, 2] = 1
    rows[3:12, 3] = 1
    plain = CosineKNN(neighbours=2).neighbours_in(csr_matrix(rows))
    damped = CosineKNN(neighbours=2, damping=5).neighbours_in(csr_matrix(rows))
    assert plain[0, 1] == pytest.approx(1)
    assert plain[2, 3] == pytest.approx(8 / np.sqrt(10 * 9))
    assert damped[0, 1] == pytest.approx(1 / 6)
    assert damped[2, 3] == pytest.approx(8 / np.sqrt(15 * 14))


@pytest.mark.parametrize("kind", [BM25KNN, TfidfKNN, CosineKNN])
def test_the_asked_number_of_neighbours_is_kept_beside_the_item_itself(kind: type[ItemKNN]) -> None:
    board = checkerboard()
    with_itself = kind(neighbours=2).neighbours_in(board)
    without = kind(neighbours=2, with_itself=False).neighbours_in(board)
    assert np.diff(with_itself.indptr).tolist() == [3] * 10
    assert np.diff(without.indptr).tolist() == [2] * 10
    assert (with_itself.diagonal() > 0).all()
    assert (without.diagonal() == 0).all()
    assert (without.data > 0).all()


class TestExplainingItems:
    """Tea goes with cups (twice) and biscuits (once); soap with nothing."""

    TEA, CUPS, BISCUITS, SOAP = range(4)
    baskets = csr_matrix(np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 0, 1], [1, 0, 0, 1]], dtype=np.float32))

    def fitted(self) -> ItemKNN:
        return CosineKNN(neighbours=3).fit(self.baskets)

    def test_the_strongest_other_item_explains(self) -> None:
        items = np.array([[self.TEA, self.CUPS, self.BISCUITS, -1]])
        found = self.fitted().explaining_items(np.array([1]), items)
        # cos(tea, cups) = .82, cos(tea, biscuits) = .58, cos(cups, biscuits) = .71
        assert found.dtype == np.int32
        assert found.tolist() == [[self.CUPS, self.TEA, self.CUPS, -1]]

    def test_an_item_never_explains_itself(self) -> None:
        found = self.fitted().explaining_items(np.array([2]), np.array([[self.SOAP, self.BISCUITS]]))
        assert found.tolist() == [[-1, -1]]

    def test_counts_weigh(self) -> None:
        model = self.fitted()
        # Twice tea outweighs once cups: 2 × .58 against .71.
        model.user_items = csr_matrix(np.array([[2, 1, 0, 0]], dtype=np.float32))
        assert model.explaining_items(np.array([0]), np.array([[self.BISCUITS]])).tolist() == [[self.TEA]]

    def test_many_users_at_once_are_explained_like_each_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rng = np.random.default_rng(0)
        held = csr_matrix((rng.random((60, 30)) < 0.2).astype(np.float32))
        model = TfidfKNN(neighbours=10).fit(held)
        users = np.arange(60)
        items = np.argsort(rng.random((60, 30)), axis=1)[:, :8]
        whole = model.explaining_items(users, items)
        monkeypatch.setattr("models.item_knn._EXPLAINED_AT_ONCE", 1)
        np.testing.assert_array_equal(model.explaining_items(users, items), whole)
        expected = _explained_one_by_one(model, items)
        np.testing.assert_array_equal(whole, expected)


def _explained_one_by_one(model: ItemKNN, items: np.ndarray) -> np.ndarray:
    similarity, held = model.similarity.toarray(), model.user_items.toarray()
    np.fill_diagonal(similarity, 0)
    expected = np.full(items.shape, -1)
    for user, row in enumerate(items):
        for rank, item in enumerate(row):
            strength = held[user] * similarity[:, item]
            if strength.max() > 0:
                ties = np.flatnonzero(strength == strength.max())
                expected[user, rank] = ties[-1]
    return expected
