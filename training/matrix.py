"""From purchases to the users × items matrices that models are fitted on.

Each cell begins as a count of orders, never of units: forty light bulbs in one order say as much
about next month as four do. Time decay and confidence weighting happen here, once, so that a model
is only its algorithm.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix, vstack

from training.interactions import GUEST, SECONDS_PER_DAY, Interactions
from training.interest import Interest

_SMALLEST = np.float32(1e-30)
"""A purchase never decays to an exact 0: it would vanish from "what the customer bought"."""

_PRIOR_SALES = 5
"""Sales at the average that are added to a product's own when its repeat rate is estimated."""


def order_counts(interactions: Interactions) -> csr_matrix:
    """Orders of each customer that hold the product: users × items CSR, float32; guests are left out."""
    known = interactions.customer != GUEST
    shape = (len(interactions.customers), len(interactions.products))
    # Sorting cells as whole numbers and counting those alike takes half as long as summing ones; polars sorts
    # on all cores.
    cells = interactions.customer[known] * np.int64(max(shape[1], 1)) + interactions.product[known]
    cells = pl.Series(cells).sort().to_numpy()
    starts = np.flatnonzero(np.diff(cells, prepend=-1))
    counts = np.diff(starts, append=len(cells)).astype(np.float32)
    row, column = np.divmod(cells[starts], max(shape[1], 1))
    indptr = np.searchsorted(row, np.arange(shape[0] + 1))
    return csr_matrix((counts, column, indptr), shape=shape, dtype=np.float32)


def purchases(interactions: Interactions) -> csr_matrix:
    """Which products each customer bought at all: users × items CSR, float32 ones."""
    bought = order_counts(interactions)
    bought.data[:] = 1
    return bought


def decayed_counts(interactions: Interactions, half_life_days: float) -> csr_matrix:
    """`order_counts` in which an order weighs half as much with every `half_life_days` of age.

    Users × items CSR, float32, above 0; ages count back from `interactions.now`.
    """
    known = interactions.known()
    return _sum_rows(known, decay(known.age_days, half_life_days))


def with_interest(matrix: csr_matrix, interactions: Interactions, half_life_days: float) -> csr_matrix:
    """`matrix`, users × items CSR, and what customers did beside buying, in orders, decayed.

    The matrix itself where nothing is known of that.
    """
    if interactions.interest is None:
        return matrix
    told = interactions.interest.of_customers()
    return csr_matrix(matrix + _interest(told, told.customer, matrix.shape[0], interactions, half_life_days))


def with_strangers(matrix: csr_matrix, interactions: Interactions, half_life_days: float) -> csr_matrix:
    """The rows of `matrix` and, below them, one for each visitor who is no customer: others × items CSR.

    What visitors did is in orders, decayed. The matrix itself where nothing is known of that.
    """
    if interactions.interest is None:
        return matrix
    told = interactions.interest.of_strangers()
    visitors, row = np.unique(told.visitor, return_inverse=True)
    return csr_matrix(vstack([matrix, _interest(told, row, len(visitors), interactions, half_life_days)]))


def _interest(
    told: Interest, row: np.ndarray, rows: int, interactions: Interactions, half_life_days: float
) -> csr_matrix:
    age = ((interactions.now - told.at) / SECONDS_PER_DAY).astype(np.float32)
    matrix = csr_matrix(
        (told.weight * decay(age, half_life_days), (row, told.product)),
        shape=(rows, len(interactions.products)),
        dtype=np.float32,
    )
    matrix.sum_duplicates()
    return matrix


def decay(age_days: np.ndarray, half_life_days: float) -> np.ndarray:
    """exp2(−age / half-life), float32, above 0; an age below 0 counts as 0."""
    weights = np.exp2(-np.maximum(age_days, 0) / np.float32(half_life_days))
    return np.maximum(weights, _SMALLEST).astype(np.float32)


def habits(interactions: Interactions, half_life_days: float, repeat_exponent: float) -> csr_matrix:
    """How firmly each customer holds to each product: ln(1 + decayed count × repeat rate ** exponent).

    Milk bought twice is a habit, a lamp bought twice is two lamps: the product's own `repeat_rate`
    tells them apart. Users × items CSR, float32, above 0.
    """
    strength = decayed_counts(interactions, half_life_days)
    faithful = repeat_rate(order_counts(interactions)) ** np.float32(repeat_exponent)
    strength.data *= faithful[strength.indices]
    return log_scaled(strength)


def log_scaled(counts: csr_matrix) -> csr_matrix:
    """ln(1 + count) in place of each count, above 0: the tenth order says less than the second."""
    scaled = counts.copy()
    scaled.data = np.maximum(np.log1p(counts.data), _SMALLEST)
    return scaled


def repeat_rate(counts: csr_matrix) -> np.ndarray:
    """Share of re-purchases in a product's sales over that in all sales: (items,) float32, about 1.

    Products with few sales are drawn towards 1, by as much as `_PRIOR_SALES` average ones would.

    Args:
        counts: users × items CSR, `order_counts`.
    """
    sales = _column_sums(counts)
    buyers = np.bincount(counts.indices, minlength=counts.shape[1])
    overall = (sales.sum() - buyers.sum()) / max(sales.sum(), 1)
    if overall == 0:
        return np.ones(counts.shape[1], dtype=np.float32)
    share = (sales - buyers + _PRIOR_SALES * overall) / (sales + _PRIOR_SALES)
    return (share / overall).astype(np.float32)


def demand_trend(interactions: Interactions, recent_days: float, usual_days: float) -> np.ndarray:
    """Recent sales of each product over what its usual sales let expect: (items,) float32, above 0, about 1.

    Both are decayed order counts, with half-lives of `recent_days` and `usual_days`; a product that
    always sold alike has 1, one that is out of stock or out of season falls towards 0. Guests' orders
    count. One order is added on both sides, so that few sales make no trend.
    """
    age, n_items = interactions.age_days, len(interactions.products)
    recent = np.bincount(interactions.product, decay(age, recent_days), minlength=n_items)
    usual = np.bincount(interactions.product, decay(age, usual_days), minlength=n_items)
    return ((recent + 1) / (usual * recent_days / usual_days + 1)).astype(np.float32)


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


def _column_sums(matrix: csr_matrix) -> np.ndarray:
    return np.bincount(matrix.indices, matrix.data, minlength=matrix.shape[1])


def _sum_rows(known: Interactions, weights: np.ndarray) -> csr_matrix:
    shape = (len(known.customers), len(known.products))
    matrix = csr_matrix((weights, (known.customer, known.product)), shape=shape, dtype=np.float32)
    matrix.sum_duplicates()
    return matrix


def orders_later(known: Interactions) -> tuple[np.ndarray, np.ndarray]:
    """Where each row's order stands in its customer's history.

    Args:
        known: rows with a customer, `Interactions.known`.

    Returns:
        later: (rows,) int64, how many of the customer's orders came after this one; 0 is the last.
        total: (rows,) int64, how many orders the customer has.
    """
    n_orders = np.int64(known.order.max(initial=-1) + 1)
    orders, order = np.unique(known.customer * n_orders + known.order, return_inverse=True)
    customer = orders // max(n_orders, 1)
    total = np.bincount(customer, minlength=len(known.customers))
    end = np.cumsum(total)[customer]
    return (end - 1 - np.arange(len(orders)))[order], total[known.customer]


def order_decayed_counts(
    interactions: Interactions, groups: int, within: float, between: float
) -> csr_matrix:
    """How regularly each customer's orders hold a product, recent ones first in weight, whatever the dates.

    A customer's orders are parted by age into as many groups of one size. In a group each order weighs
    `within` times as much as the next later one, and each group `between` times as much as the next later
    one; both levels are averaged. The user vectors of TIFU-KNN (Hu et al., "Modeling Personalized Item
    Frequency Information for Next-basket Recommendation", 2020). Users × items CSR, float32, above 0.
    """
    known = interactions.known()
    later, total = orders_later(known)
    size = np.maximum(-(-total // groups), 1)
    group, position = np.divmod(later, size)
    in_group = np.minimum(size, total - group * size)
    n_groups = -(-total // size)
    weights = within**position * between**group / (in_group * n_groups)
    return _sum_rows(known, np.maximum(weights, _SMALLEST).astype(np.float32))


def share_of_last_orders(interactions: Interactions, orders: int) -> csr_matrix:
    """Share of each customer's last so many orders that hold the product.

    The recency-aware user-wise popularity of Faggioli et al., "Recency Aware Collaborative Filtering for
    Next Basket Recommendation" (2020). Users × items CSR, float32, in (0, 1].
    """
    known = interactions.known()
    later, total = orders_later(known)
    share = 1 / np.minimum(total, orders)
    recent = later < orders
    shape = (len(known.customers), len(known.products))
    matrix = csr_matrix((share[recent], (known.customer[recent], known.product[recent])), shape=shape)
    matrix.sum_duplicates()
    return matrix.astype(np.float32)
