"""The lists that are the same for everybody: popular, trending, new arrivals.

"Now" is `Interactions.now` throughout, never the clock.
"""

from __future__ import annotations

import numpy as np

from training.interactions import SECONDS_PER_DAY, Interactions

POPULAR_HALF_LIFE_DAYS = 30.0
TRENDING_DAYS = 14
"""The recent span whose orders are held against those of the `TRENDING_BASE_DAYS` before it."""
TRENDING_BASE_DAYS = 56
MIN_TRENDING_ORDERS = 3
"""One or two orders are no trend."""
FRESHNESS_HALF_LIFE_DAYS = 30.0


def popularity(interactions: Interactions, half_life_days: float = POPULAR_HALF_LIFE_DAYS) -> np.ndarray:
    """(products,) float32: orders with the product, guests' too; one weighs half as much every half-life."""
    weights = np.exp2(-interactions.age_days / half_life_days)
    return np.bincount(interactions.product, weights, len(interactions.products)).astype(np.float32)


def trend(interactions: Interactions) -> np.ndarray:
    """(products,) float32: how far recent orders exceed what the weeks before let one expect, else 0.

    The excess is in units of the standard deviation of a Poisson count with the expected mean,
    one order added so that a product without a past does not divide by zero. A season that lifts
    all products alike is divided out first.
    """
    age = interactions.age_days
    n = len(interactions.products)
    recent = np.bincount(interactions.product[age < TRENDING_DAYS], minlength=n).astype(np.float64)
    in_base = (age >= TRENDING_DAYS) & (age < TRENDING_DAYS + TRENDING_BASE_DAYS)
    base = np.bincount(interactions.product[in_base], minlength=n).astype(np.float64)
    if not base.sum():
        return popularity(interactions, TRENDING_DAYS)
    expected = base * (recent.sum() / base.sum())
    excess = (recent - expected) / np.sqrt(expected + 1)
    return np.where((recent >= MIN_TRENDING_ORDERS) & (excess > 0), excess, 0).astype(np.float32)


def newest_first(
    available_from: np.ndarray, orders: np.ndarray, listed: np.ndarray, now: int
) -> tuple[np.ndarray, np.ndarray]:
    """Products by the day on which they came, newest first; within a day the better sold first.

    Args:
        available_from: (products,) int64 seconds since 1970 UTC.
        orders: (products,) orders with the product.
        listed: (products,) bool, which ones to list.
        now: seconds since 1970 UTC, not before any of the listed.

    Returns:
        items: (listed,) product indices.
        scores: (listed,) float32 in (0, 1], halved every `FRESHNESS_HALF_LIFE_DAYS`.
    """
    items = np.flatnonzero(listed)
    age_days = (now - available_from[items]) // SECONDS_PER_DAY
    items = items[np.lexsort((-orders[items], age_days))]
    age_days = (now - available_from[items]) // SECONDS_PER_DAY
    return items, np.exp2(-age_days / FRESHNESS_HALF_LIFE_DAYS).astype(np.float32)
