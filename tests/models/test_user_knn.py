from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from models.base import Recommender
from models.user_knn import TIFUKNN, UPCF
from tests.contracts.recommender import CollaborativeContract


class TestTIFUKNN(CollaborativeContract):
    def make(self) -> Recommender:
        return TIFUKNN(neighbours=4)


class TestUPCF(CollaborativeContract):
    def make(self) -> Recommender:
        return UPCF(neighbours=4)


ANN, BOB, CIA, NEWCOMER = range(4)
ROWS = csr_matrix(np.array([[3, 0, 0], [2, 2, 0], [0, 0, 5], [0, 0, 0]], dtype=np.float32))


def test_tifu_knn_mixes_the_own_row_with_the_mean_of_the_nearest() -> None:
    # Squared distances: ann to bob 5, to cia 34; bob to cia 33.
    one = TIFUKNN(neighbours=1, alpha=0.75).fit(ROWS).score(np.arange(4))
    np.testing.assert_allclose(one[ANN], 0.75 * np.array([3, 0, 0]) + 0.25 * np.array([2, 2, 0]))
    np.testing.assert_allclose(one[CIA], 0.75 * np.array([0, 0, 5]) + 0.25 * np.array([2, 2, 0]))
    two = TIFUKNN(neighbours=2, alpha=0.5).fit(ROWS).score(np.array([ANN]))
    np.testing.assert_allclose(two[0], 0.5 * np.array([3, 0, 0]) + 0.25 * np.array([2, 2, 5]))


def test_tifu_knn_neighbours_are_near_not_only_alike_in_direction() -> None:
    rows = csr_matrix(np.array([[1, 0, 0], [9, 0, 1], [1, 1, 0]], dtype=np.float32))
    assert TIFUKNN(neighbours=1).fit(rows).weights[0].indices.tolist() == [0, 2]


def test_up_cf_weighs_every_row_by_the_power_of_its_cosine() -> None:
    scores = UPCF(locality=3, asymmetry=0.5).fit(ROWS).score(np.array([ANN, CIA]))
    cosine = 6 / np.sqrt(9 * 8)
    np.testing.assert_allclose(scores[0], [3 + 2 * cosine**3, 2 * cosine**3, 0], rtol=1e-5)
    np.testing.assert_allclose(scores[1], [0, 0, 5])


@pytest.mark.parametrize("asymmetry", [0.25, 0.75])
def test_up_cf_divides_by_an_asymmetric_norm(asymmetry: float) -> None:
    weights = UPCF(locality=1, asymmetry=asymmetry).fit(ROWS).weights.toarray()
    assert weights[ANN, BOB] == pytest.approx(6 / (9**asymmetry * 8 ** (1 - asymmetry)))
    assert weights[BOB, ANN] == pytest.approx(6 / (8**asymmetry * 9 ** (1 - asymmetry)))
    assert weights[ANN, ANN] == 1


@pytest.mark.parametrize("kind", [TIFUKNN, UPCF])
def test_as_many_neighbours_as_asked_and_never_one_without_history(kind: type[TIFUKNN] | type[UPCF]) -> None:
    rows = np.vstack([np.random.default_rng(0).random((20, 4)), np.zeros((5, 4))]).astype(np.float32)
    weights = kind(neighbours=3).fit(csr_matrix(rows)).weights
    assert np.diff(weights.indptr).tolist() == [4] * 20 + [0] * 5
    assert weights.indices.max() < 20


@pytest.mark.parametrize("kind", [TIFUKNN, UPCF])
def test_users_in_small_batches_have_the_same_neighbours(
    kind: type[TIFUKNN] | type[UPCF], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = csr_matrix(np.random.default_rng(1).random((30, 6)).astype(np.float32))
    whole = kind(neighbours=5).fit(rows).score(np.arange(30))
    monkeypatch.setattr("models.user_knn._BATCH_BYTES", 1)
    np.testing.assert_allclose(kind(neighbours=5).fit(rows).score(np.arange(30)), whole, rtol=1e-6)
