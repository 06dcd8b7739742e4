from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from models.graph_filter import GraphFilter, right_singular_vectors
from tests.contracts.recommender import CollaborativeContract, FoldInContract, checkerboard


class TestSharpened(CollaborativeContract, FoldInContract):
    def make(self) -> GraphFilter:
        return GraphFilter(factors=2, sharpening=0.5)


class TestGFCF(CollaborativeContract, FoldInContract):
    def make(self) -> GraphFilter:
        return GraphFilter(factors=2, sharpening=0)


def filter_written_out(rows: csr_matrix, factors: int, low_pass: float, sharpening: float) -> np.ndarray:
    x = rows.toarray().astype(np.float64)
    of_users, of_items = (np.maximum(x.sum(axis=axis), 1) for axis in (1, 0))
    normal = x / np.sqrt(of_users)[:, None] / np.sqrt(of_items)
    smooth = np.linalg.svd(normal)[2][:factors]
    p = normal.T @ normal
    blurred = x @ p + low_pass * (x / np.sqrt(of_items)) @ smooth.T @ smooth * np.sqrt(of_items)
    return blurred - sharpening * blurred @ p + sharpening**2 / 2 * blurred @ p @ p


@pytest.mark.parametrize("sharpening", [0, 0.5])
def test_like_the_formula_written_out(sharpening: float) -> None:
    rng = np.random.default_rng(0)
    rows = csr_matrix((rng.random((30, 20)) < 0.3).astype(np.float32))
    scores = GraphFilter(5, low_pass=0.4, sharpening=sharpening).fit(rows).score(np.arange(30))
    np.testing.assert_allclose(scores, filter_written_out(rows, 5, 0.4, sharpening), atol=1e-5)


def test_sharpening_takes_back_what_all_have_in_common() -> None:
    # Everybody holds 0; 1 and 2 go together. Of a holder of 1 the share of 0 in the scores falls.
    rows = csr_matrix(np.array([[1, 1, 1], [1, 1, 1], [1, 0, 0], [1, 0, 0], [1, 0, 0]], dtype=np.float32))
    holder = csr_matrix(np.array([[0, 1, 0]], dtype=np.float32))
    blurred = GraphFilter(factors=1, sharpening=0).fit(rows).score_rows(holder)[0]
    sharpened = GraphFilter(factors=1, sharpening=1).fit(rows).score_rows(holder)[0]
    assert sharpened[0] / sharpened[2] < blurred[0] / blurred[2]


def test_singular_vectors_of_a_known_matrix() -> None:
    rng = np.random.default_rng(0)
    left = np.linalg.qr(rng.standard_normal((200, 80)))[0]
    right = np.linalg.qr(rng.standard_normal((90, 80)))[0]
    matrix = csr_matrix(((left * 0.9 ** np.arange(80)) @ right.T).astype(np.float32))
    found = right_singular_vectors(matrix, 10, seed=0)
    assert found.shape == (90, 10)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.abs(np.sum(found * right[:, :10], axis=0)), np.ones(10), atol=1e-3)


def test_the_seed_is_all_that_is_random() -> None:
    first, again = (GraphFilter(factors=2).fit(checkerboard()).score(np.arange(3)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
