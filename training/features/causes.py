"""Why a product is recommended, asked of trees: what would the score be without this?

Each cause has the features that speak for it. Without the cause they say what they say of a product that
has nothing of it: never bought, not like anything bought, no more popular or newer than the median
candidate, no demand that rises. What the score loses by that is what the cause contributes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Column = Callable[[np.ndarray], np.ndarray | float]
"""From a feature's values to those without the cause."""


def _nothing(_: np.ndarray) -> float:
    return float("nan")


def _zero(_: np.ndarray) -> float:
    return 0.0


def _at_most_one(values: np.ndarray) -> np.ndarray:
    return np.minimum(values, 1)


def _at_most_median(values: np.ndarray) -> np.ndarray:
    return np.minimum(values, _median(values))


def _at_least_median(values: np.ndarray) -> np.ndarray:
    return np.maximum(values, _median(values))


def _median(values: np.ndarray) -> float:
    return float(np.nanmedian(values)) if np.isfinite(values).any() else float("nan")


def _signal(name: str) -> dict[str, Column]:
    return {f"{name}_score": _zero, f"{name}_share": _zero, f"{name}_rank": _nothing}


_CADENCE: dict[str, Column] = dict.fromkeys(
    (
        "own_days_since_last",
        "own_gap",
        "own_last_gap",
        "own_gaps_since_last",
        "own_orders_since_last",
        "product_gap",
        "product_gaps_since_last",
    ),
    _nothing,
)

_WITHOUT: dict[str, dict[str, Column]] = {
    "habit": {
        **_CADENCE,
        **dict.fromkeys(
            ("own_orders", "own_quantity", "own_in_last_order", "own_days_since_first", "own_order_share"),
            _nothing,
        ),
        **_signal("personal"),
    },
    "cadence": _CADENCE,
    "likeness": {
        feature: column
        for name in ("als", "related", "ease", "content")
        for feature, column in _signal(name).items()
    },
    "popularity": {
        **dict.fromkeys(
            (
                "product_sales_7_days",
                "product_sales_14_days",
                "product_sales_31_days",
                "product_sales_91_days",
                "product_sales_366_days",
                "product_buyers",
                "popular_score",
                "popular_share",
            ),
            _at_most_median,
        ),
        "popular_rank": _at_least_median,
    },
    "trend": dict.fromkeys(
        (
            "product_trend",
            "product_rise_7_days",
            "product_rise_14_days",
            "product_rise_31_days",
            "product_rise_91_days",
        ),
        _at_most_one,
    ),
    "newness": {"product_days_since_first_sale": _at_least_median},
}

CAUSES = tuple(_WITHOUT)
"""`habit` holds `cadence`: who never bought a product is never due for it."""


def without(cause: str, names: tuple[str, ...], pairs: np.ndarray) -> np.ndarray:
    """A copy of the pairs in which nothing speaks for a cause.

    Args:
        cause: one of `CAUSES`.
        names: of the features.
        pairs: (n, features) float32.
    """
    changed = pairs.copy()
    for at, feature in enumerate(names):
        if feature in _WITHOUT[cause]:
            changed[:, at] = _WITHOUT[cause][feature](pairs[:, at])
    return changed
