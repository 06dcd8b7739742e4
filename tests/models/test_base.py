from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from models.base import top_k


def test_best_first_with_values() -> None:
    items, values = top_k(np.array([[0.1, 0.9, 0.5]], dtype=np.float32), 2)
    assert items.tolist() == [[1, 2]]
    assert values[0].tolist() == pytest.approx([0.9, 0.5])
    assert (items.dtype, values.dtype) == (np.int32, np.float32)


def test_ties_go_to_the_lower_item() -> None:
    items, _ = top_k(np.array([[1, 2, 2, 1, 1]], dtype=np.float32), 4)
    assert items.tolist() == [[1, 2, 0, 3]]


def test_without_evidence_nothing_is_listed() -> None:
    items, values = top_k(np.array([[0, -1, 3]], dtype=np.float32), 3)
    assert items.tolist() == [[2, -1, -1]]
    assert values.tolist() == [[3, 0, 0]]


def test_excluded_items_are_not_listed() -> None:
    exclude = csr_matrix(np.array([[0, 1, 0], [0, 0, 0]], dtype=np.float32))
    scores = np.array([[1, 3, 2], [1, 3, 2]], dtype=np.float32)
    items, _ = top_k(scores, 3, exclude)
    assert items.tolist() == [[2, 0, -1], [1, 2, 0]]
    assert scores.tolist() == [[1, 3, 2], [1, 3, 2]]


def test_no_users() -> None:
    items, values = top_k(np.zeros((0, 5), dtype=np.float32), 3)
    assert items.shape == values.shape == (0, 3)


@given(
    n_items=st.integers(1, 700),
    k=st.integers(1, 12),
    distinct=st.integers(1, 40),
    seed=st.integers(0, 2**16),
)
def test_like_sorting_everything(n_items: int, k: int, distinct: int, seed: int) -> None:
    scores = np.random.default_rng(seed).integers(-1, distinct, (3, n_items)).astype(np.float32)
    items, _ = top_k(scores, k)
    for listed, row in zip(items, scores, strict=True):
        ranked = [item for item in sorted(range(n_items), key=lambda i: (-row[i], i)) if row[item] > 0][:k]
        assert listed[listed >= 0].tolist() == ranked
