"""Why a product is recommended, asked of trees: what would the score be without this?

Each cause has the features that speak for it. Without the cause they say what they say of a product that
has nothing of it: never bought, not like anything bought, no more popular or newer than the median
candidate, no demand that rises. What the score loses by that is what the cause contributes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from training.candidates import BLENDS, Candidates
from training.features.products import RATE_DAYS, SPANS_DAYS

Change = Callable[[np.ndarray, float], np.ndarray | float]
"""From a feature's values and what is typical of it, to the values without the cause."""


def _nothing(_: np.ndarray, __: float) -> float:
    return float("nan")


def _zero(_: np.ndarray, __: float) -> float:
    return 0.0


def _at_most_one(values: np.ndarray, _: float) -> np.ndarray:
    return np.minimum(values, 1)


def _at_most_typical(values: np.ndarray, typical: float) -> np.ndarray:
    return np.minimum(values, typical)


def _at_least_typical(values: np.ndarray, typical: float) -> np.ndarray:
    return np.maximum(values, typical)


def _signals(*names: str) -> dict[str, Change]:
    without: dict[str, Change] = {"score": _zero, "share": _zero, "rank": _nothing}
    return {f"{name}_{kind}": change for name in names for kind, change in without.items()}


_CADENCE: dict[str, Change] = dict.fromkeys(
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

_HABIT = ("own_orders", "own_quantity", "own_in_last_order", "own_days_since_first", "own_order_share")

_SALES = (
    *(f"product_sales_{span}_days" for span in SPANS_DAYS),
    *(f"product_{kind}_{days}_days" for kind in ("again", "first") for days in RATE_DAYS),
    "product_buyers",
)

_RISES = ("product_trend", *(f"product_rise_{span}_days" for span in SPANS_DAYS[:-1]))

_WITHOUT: dict[str, dict[str, Change]] = {
    "habit": {**_CADENCE, **dict.fromkeys(_HABIT, _nothing), **_signals("personal")},
    "cadence": _CADENCE,
    "likeness": _signals("als", "related", "ease", "transition", "content"),
    "popularity": {
        **dict.fromkeys((*_SALES, "popular_score", "popular_share"), _at_most_typical),
        "popular_rank": _at_least_typical,
    },
    "trend": dict.fromkeys(_RISES, _at_most_one),
    "newness": {"product_days_since_first_sale": _at_least_typical},
}

_COMPONENTS = {"habit": ("personal",), "likeness": ("als", "related"), "popularity": ("popular",)}
"""Cause → the components of the fixed blends that stand for it."""

CAUSES = tuple(_WITHOUT)
"""`habit` holds `cadence`: who never bought a product is never due for it."""


def typical_values(names: tuple[str, ...], pairs: np.ndarray) -> dict[str, float]:
    """Feature → the median of its values, for features of which some cause asks for it.

    Args:
        names: of the features.
        pairs: (n, features) float32, those learnt from.
    """
    compared = {
        feature
        for changes in _WITHOUT.values()
        for feature, change in changes.items()
        if change in (_at_most_typical, _at_least_typical)
    }
    return {
        feature: float(np.nanmedian(pairs[:, at])) for at, feature in enumerate(names) if feature in compared
    }


def without(
    cause: str,
    names: tuple[str, ...],
    pairs: np.ndarray,
    candidates: Candidates,
    typical: Mapping[str, float],
) -> np.ndarray:
    """A copy of the pairs in which nothing speaks for a cause.

    Args:
        cause: one of `CAUSES`.
        names: of the features.
        pairs: (n, features) float32, of all `candidates`.
        candidates: what the pairs describe: the fixed blends' scores lose the parts that stand for the cause.
        typical: of `typical_values`.
    """
    changed = pairs.copy()
    for at, feature in enumerate(names):
        if change := _WITHOUT[cause].get(feature):
            changed[:, at] = change(pairs[:, at], typical.get(feature, np.nan))
    for blend in BLENDS:
        part = _part(cause, candidates, blend)
        has = part > 0
        left = np.maximum(candidates.scores[blend] - part, 0)
        share, rank = candidates.standing(blend, left)
        for kind, values in (("score", left), ("share", share), ("rank", rank)):
            changed[has, names.index(f"{blend}_{kind}")] = values[has]
    return changed


def _part(cause: str, candidates: Candidates, blend: str) -> np.ndarray:
    """(n,) float32: how much of a fixed blend's score stands for the cause."""
    score = candidates.scores[blend]
    if cause == "trend":
        return score - score / np.maximum(candidates.factors[blend], 1)
    parts = candidates.parts[blend]
    return sum((parts[c] for c in _COMPONENTS.get(cause, ()) if c in parts), np.zeros_like(score))
