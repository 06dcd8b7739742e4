from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from tests.builders import interactions, line
from training.evaluation.segments import order_numbers, segment_of, tail_goals


def test_an_order_counts_once_whatever_it_holds() -> None:
    orders = interactions(
        line("1", "ann", "tea"), line("1", "ann", "cup"), line("2", "ann", "tea"), line("3", "bob", "tea")
    )
    assert order_numbers(orders.known()).tolist() == [2, 1]


def test_new_light_and_heavy() -> None:
    segment, light_up_to = segment_of(np.array([1, 2, 3, 4, 50]))
    # the median of 2, 3, 4, 50 is 3.5
    assert light_up_to == 3
    assert segment.tolist() == [0, 1, 1, 2, 2]


def test_where_nobody_came_back() -> None:
    segment, light_up_to = segment_of(np.array([1, 1]))
    assert (segment.tolist(), light_up_to) == ([0, 0], 1)


def test_tail_goals() -> None:
    goals = csr_matrix(np.array([[1, 1, 0], [1, 0, 0]], dtype=np.float32))
    tail = tail_goals(goals, np.array([False, True, True]))
    assert tail.toarray().tolist() == [[0, 1, 0], [0, 0, 0]]
    assert tail.nnz == 1
