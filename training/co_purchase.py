"""Which products are bought together more often than chance would have it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_matrix, vstack
from scipy.special import xlogy

LEAST_LIKELIHOOD_RATIO = 10.83
"""What two products that have nothing to do with each other stay below in 999 of 1,000 cases: the quantile of
chi-square with one degree of freedom."""

_CELLS_AT_ONCE = 4_000_000
"""Products met in orders, counted with repeats, that one block looks at: about 300 MB."""


def bought_together(baskets: csr_matrix, neighbours: int) -> csr_matrix:
    """For each product those that stand in its orders more often than chance would have it.

    A pair is listed where its log-likelihood ratio (Dunning, "Accurate Methods for the Statistics of Surprise
    and Coincidence", 1993) says that this is no accident. Its score is the number of orders with both beyond
    the orders with the one × the share of all orders with the other: so a list is in order of how much more
    likely the one product makes the other (added value).

    Args:
        baskets: orders × items CSR, float32 ones, as of `training.matrix.baskets`.
        neighbours: kept for each product.

    Returns:
        Items × items CSR, float32, above 0; never on the diagonal.
    """
    orders_with = np.bincount(baskets.indices, minlength=baskets.shape[1]).astype(np.float64)
    by_item = baskets.T.tocsr()
    blocks = [
        _neighbours_of(items, (by_item[items] @ baskets).tocsr(), orders_with, baskets.shape[0], neighbours)
        for items in _blocks(baskets)
    ]
    return vstack(blocks, format="csr") if blocks else csr_matrix(by_item @ baskets)


def log_likelihood_ratio(both: np.ndarray, one: np.ndarray, other: np.ndarray, n: int) -> np.ndarray:
    """Dunning's G² of the 2 × 2 table of orders; about 0 where two products are independent.

    Args:
        both, one, other: (pairs,) float64 orders that hold both products, the one, the other.
        n: orders in all.
    """
    cells = (both, one - both, other - both, n - one - other + both)
    margins = (one, n - one, other, n - other)
    total = sum(xlogy(cell, cell) for cell in cells) - sum(xlogy(side, side) for side in margins)
    return np.asarray(2 * (total + xlogy(n, n)))


def _blocks(baskets: csr_matrix) -> Iterator[np.ndarray]:
    """Item numbers in order, a block at a time, as memory allows."""
    size = np.diff(baskets.indptr)
    met = np.bincount(baskets.indices, np.repeat(size, size), minlength=baskets.shape[1])
    block = (np.cumsum(met) // _CELLS_AT_ONCE).astype(np.int64)
    ends = np.flatnonzero(np.diff(block, append=-1)) + 1
    for start, end in pairwise([0, *ends.tolist()]):
        yield np.arange(start, end)


def _neighbours_of(
    items: np.ndarray, both: csr_matrix, orders_with: np.ndarray, n: int, neighbours: int
) -> csr_matrix:
    """The best of each row. `both`: len(items) × items CSR, orders with each pair."""
    row = np.repeat(np.arange(len(items)), np.diff(both.indptr))
    other = both.indices
    together = both.data.astype(np.float64)
    expected = orders_with[items[row]] * orders_with[other] / n
    above_chance = (together > expected) & (items[row] != other)
    row, other, together, expected = (part[above_chance] for part in (row, other, together, expected))
    ratio = log_likelihood_ratio(together, orders_with[items[row]], orders_with[other], n)
    is_listed = ratio >= LEAST_LIKELIHOOD_RATIO
    row, other, excess = row[is_listed], other[is_listed], (together - expected)[is_listed]
    best_first = np.lexsort((other, -excess, row))
    row, other, excess = row[best_first], other[best_first], excess[best_first]
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    kept = rank < neighbours
    return csr_matrix((excess[kept].astype(np.float32), (row[kept], other[kept])), shape=both.shape)
