"""Which products are best sellers, and which the many others."""

from __future__ import annotations

import numpy as np

from training.interactions import Interactions

HEAD_SHARE = 0.8
"""Of all sales: what the best sellers that make it up leave is the long tail."""


def long_tail(interactions: Interactions) -> np.ndarray:
    """Which products are outside the best sellers that make up 80 % of all sales: (products,) bool.

    Sales are orders with the product, guests' included.
    """
    sales = np.bincount(interactions.product, minlength=len(interactions.products))
    best_first = np.argsort(-sales, kind="stable")
    sold_by_better = np.cumsum(sales[best_first]) - sales[best_first]
    is_tail = np.empty(len(sales), dtype=bool)
    is_tail[best_first] = sold_by_better >= HEAD_SHARE * sales.sum()
    return is_tail
