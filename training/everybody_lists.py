"""The published lists that are the same for everybody, made anew for every catalogue."""

from __future__ import annotations

import numpy as np

from training.catalog import UNKNOWN_DATE, ProductTable
from training.global_lists import newest_first
from training.lists import Lists
from training.ranking import global_list
from training.sales import ORDERS, POPULARITY, TREND, Sales

POPULAR_LENGTH = 10_000
"""It fills up what a category or an exclusion leaves of other lists, so it must reach far; 90 kB at most."""

UNSOLD_SCORE = 1e-4
"""Of products that nobody has bought yet: behind all others, and still above 0 as a float16."""


def everybody_lists(
    sales: Sales, catalog: ProductTable, available: np.ndarray, length: int
) -> dict[str, Lists]:
    """The lists by name, each of one row.

    Args:
        sales: of the products with the first indices.
        catalog: all products.
        available: (products,) bool: can be ordered now.
        length: products in a list; the popular ones go on to `POPULAR_LENGTH`.
    """
    return {
        "popular": _popular(sales, available),
        "trending": global_list(sales.column(TREND), length, available[: len(sales)], "trending"),
        "new_arrivals": _new_arrivals(sales, catalog, available, length),
    }


def _popular(sales: Sales, available: np.ndarray) -> Lists:
    scores = np.full(len(available), UNSOLD_SCORE, dtype=np.float32)
    scores[: len(sales)] = np.maximum(sales.column(POPULARITY), UNSOLD_SCORE)
    return global_list(scores, POPULAR_LENGTH, available, "popular")


def _new_arrivals(sales: Sales, catalog: ProductTable, available: np.ndarray, length: int) -> Lists:
    orders = np.zeros(len(catalog), dtype=np.int64)
    orders[: len(sales)] = sales.column(ORDERS)
    listed = available & (catalog.available_from != UNKNOWN_DATE)
    # A later catalogue may hold products that came after the orders ended.
    now = int(catalog.available_from[listed].max(initial=sales.now))
    items, scores = newest_first(catalog.available_from, orders, listed, now)
    return Lists.of_one_reason(items[None, :length], scores[None, :length], "new")
