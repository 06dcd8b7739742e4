"""How likely a customer who orders at all is to buy each product: again, or for the first time.

A product's sales mix both, and how many customers were about. Where re-purchases fall while new customers
still take it, its sales do not tell; these rates do.
"""

from __future__ import annotations

import numpy as np

from training.interactions import SECONDS_PER_DAY, Interactions
from training.matrix import purchases

_PRIOR_CUSTOMERS = 5
"""Customers at the rate of all products that are added to a product's own."""


def recent_purchase_rates(interactions: Interactions, days: int) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the customers with an order within the last days: (products,) float64 each, from 0 to 1.

    Args:
        interactions: guests' rows are left out; the last days end at its `now`.
        days: how many.

    Returns:
        again: of those who had bought the product before, the share that bought it in these days.
        first: of those who had not, the same.
    """
    begin = interactions.now - days * SECONDS_PER_DAY
    before, since = purchases(interactions.before(begin)), purchases(interactions.since(begin))
    ordering = np.diff(since.indptr) > 0
    before, since = before[ordering], since[ordering]
    n, customers = len(interactions.products), int(ordering.sum())
    held = np.bincount(before.indices, minlength=n)
    bought = np.bincount(since.indices, minlength=n)
    bought_again = np.bincount(before.multiply(since).tocsr().indices, minlength=n)
    return _share(bought_again, held), _share(bought - bought_again, customers - held)


def _share(buyers: np.ndarray, customers: np.ndarray) -> np.ndarray:
    """Drawn towards that of all products, the more so the fewer customers tell."""
    overall = buyers.sum() / max(customers.sum(), 1)
    return (buyers + _PRIOR_CUSTOMERS * overall) / (customers + _PRIOR_CUSTOMERS)
