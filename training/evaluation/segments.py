"""Kinds of customers by how much is known of them, and goals that few others buy."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from training.interactions import Interactions

SEGMENTS = ("new", "light", "heavy")
"""With one order before the cut; with more, up to the median of these customers; with more than that."""


def order_numbers(known: Interactions) -> np.ndarray:
    """How many orders each customer has: (customers,) int64.

    Args:
        known: rows that have a customer.
    """
    _, first_rows = np.unique(known.order, return_index=True)
    return np.bincount(known.customer[first_rows], minlength=len(known.customers))


def segment_of(orders: np.ndarray) -> tuple[np.ndarray, int]:
    """Each customer's segment.

    Args:
        orders: (customers,) int, at least 1 each.

    Returns:
        segment: (customers,) int8 position in `SEGMENTS`.
        light_up_to: the most orders of a light customer: the median of those with more than one.
    """
    repeated = orders[orders > 1]
    light_up_to = int(np.median(repeated)) if len(repeated) else 1
    segment = np.where(orders == 1, 0, np.where(orders <= light_up_to, 1, 2))
    return segment.astype(np.int8), light_up_to


def tail_goals(goals: csr_matrix, is_tail: np.ndarray) -> csr_matrix:
    """The goals outside the head: users × items CSR; rows may be empty.

    Args:
        is_tail: (items,) bool.
    """
    tail = csr_matrix(goals.multiply(is_tail.astype(np.float32)[None, :]), dtype=np.float32)
    tail.eliminate_zeros()
    return tail
