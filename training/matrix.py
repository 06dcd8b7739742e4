"""From purchases to the users × items matrices that models are fitted on.

Each cell begins as a count of orders, never of units: forty light bulbs in one order say as much
about next month as four do. Time decay and confidence weighting happen here, once, so that a model
is only its algorithm.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from training.interactions import Interactions

_SMALLEST = np.float32(1e-30)
"""A purchase never decays to an exact 0: it would vanish from "what the customer bought"."""


def order_counts(interactions: Interactions) -> csr_matrix:
    """Orders of each customer that hold the product: users × items CSR, float32; guests are left out."""
    known = interactions.known()
    return _sum_rows(known, np.ones(len(known), dtype=np.float32))


def decayed_counts(interactions: Interactions, half_life_days: float) -> csr_matrix:
    """`order_counts` in which an order weighs half as much with every `half_life_days` of age.

    Users × items CSR, float32, above 0; ages count back from `interactions.now`.
    """
    known = interactions.known()
    return _sum_rows(known, decay(known.age_days, half_life_days))


def decay(age_days: np.ndarray, half_life_days: float) -> np.ndarray:
    """exp2(−age / half-life), float32, above 0; an age below 0 counts as 0."""
    weights = np.exp2(-np.maximum(age_days, 0) / np.float32(half_life_days))
    return np.maximum(weights, _SMALLEST).astype(np.float32)


def confidence(counts: csr_matrix) -> csr_matrix:
    """1 + ln(1 + count) in place of each count: the tenth order adds less certainty than the second.

    The logarithmic variant of Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback
    Datasets" (2008), section 4. Users × items CSR, float32.
    """
    weighted = counts.copy()
    weighted.data = (1 + np.log1p(counts.data)).astype(np.float32)
    return weighted


def baskets(interactions: Interactions) -> csr_matrix:
    """Which products stand in which order, guests' included: orders × items CSR, float32 ones.

    Rows are the orders that occur, oldest first.
    """
    occurring, row = np.unique(interactions.order, return_inverse=True)
    shape = (len(occurring), len(interactions.products))
    ones = np.ones(len(interactions), dtype=np.float32)
    return csr_matrix((ones, (row, interactions.product)), shape=shape, dtype=np.float32)


def _sum_rows(known: Interactions, weights: np.ndarray) -> csr_matrix:
    shape = (len(known.customers), len(known.products))
    matrix = csr_matrix((weights, (known.customer, known.product)), shape=shape, dtype=np.float32)
    matrix.sum_duplicates()
    return matrix
