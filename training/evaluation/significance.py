"""Whether a difference between two models is more than the luck of these customers.

Customers are the units, not customers in a window: who is judged in several windows counts once, with all
of them, for one customer's habits make his windows alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

RESAMPLES = 2000
_RESAMPLES_AT_ONCE = 2**25
"""Cells of one block of resampled customers: 128 MB of float32."""


@dataclass(frozen=True)
class Comparison:
    """One model against another in one view, over the same customers.

    Attributes:
        view: of `training.views`.
        model, other: their names.
        ratio: mean of `model` over mean of `other`; None where the latter is 0.
        difference, low, high: mean of `model` minus that of `other`, with its 95 % interval.
        p: two-sided, of the paired test.
        p_holm: `p` corrected for all comparisons of the view.
    """

    view: str
    model: str
    other: str
    ratio: float | None
    difference: float
    low: float
    high: float
    p: float
    p_holm: float


def paired_difference(
    a: np.ndarray, b: np.ndarray, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float, float]:
    """Mean of a − b over customers, and its bootstrap 95% confidence interval (low, high).

    Customers are drawn with replacement, pairs kept together (Sakai 2006, percentile bootstrap).

    Args:
        a, b: (customers,) the same metric of two models, customers in the same order.
    """
    if a.shape != b.shape or len(a) == 0:
        raise ValueError(f"cannot pair {len(a)} customers with {len(b)}")
    difference = a - b
    low, high = bootstrap_interval(difference, np.arange(len(a)), resamples, seed)
    return float(difference.mean()), low, high


def bootstrap_interval(
    values: np.ndarray, customers: np.ndarray, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval of a mean: (low, high); NaN without values."""
    low, high = bootstrap_intervals(values[:, None], customers, resamples, seed)
    return float(low[0]), float(high[0])


def bootstrap_intervals(
    values: np.ndarray, customers: np.ndarray, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """95 % percentile bootstrap intervals of several means over the same customers (Efron 1979).

    Customers are drawn with replacement, each with all of his values (a cluster bootstrap).

    Args:
        values: (judged, columns) float64, no NaN.
        customers: (judged,) integers that tell whose each row is.

    Returns:
        low, high: (columns,) float64 each; NaN without customers.
    """
    sums, counts = _by_customer(values, customers)
    n = len(counts)
    if n == 0:
        return np.full(values.shape[1], np.nan), np.full(values.shape[1], np.nan)
    rng = np.random.default_rng(seed)
    means = []
    at_once = max(1, _RESAMPLES_AT_ONCE // n)
    for start in range(0, resamples, at_once):
        drawn = np.stack(
            [np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(min(at_once, resamples - start))]
        ).astype(np.float32)
        means.append((drawn @ sums) / (drawn @ counts)[:, None])
    low, high = np.percentile(np.vstack(means), [2.5, 97.5], axis=0)
    return low, high


def paired_p(difference: np.ndarray, customers: np.ndarray) -> float:
    """Two-sided p-value that the mean difference of two models is 0.

    The paired t-test over customers' mean differences. On hundreds of customers it agrees with the
    randomisation test and the bootstrap (Smucker, Allan and Carterette 2007), at no cost.

    Args:
        difference: (judged,) of one metric.
        customers: (judged,) integers that tell whose each is.
    """
    sums, counts = _by_customer(difference[:, None], customers)
    means = sums[:, 0] / counts
    if len(means) < 2 or np.ptp(means) == 0:
        # Without spread t says nothing; flipping signs does: all alike in 2 of 2 ** customers ways.
        return 1.0 if not means.any() else 2.0 ** (1 - len(means))
    return float(stats.ttest_1samp(means, 0).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values corrected so that all of them together err with 5 % at most (Holm 1979)."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(stepped, 1)
    return corrected.tolist()


def compare(
    view: str, model: str, values: Mapping[str, np.ndarray], customers: np.ndarray
) -> list[Comparison]:
    """One model against each of the others in one view.

    Args:
        model: its name among `values`.
        values: model → (judged,) the metric, rows in one order for all models.
        customers: (judged,) integers that tell whose each row is.
    """
    others = [name for name in values if name != model]
    if not others or not len(customers):
        return []
    ours = values[model]
    differences = np.stack([ours - values[name] for name in others], axis=1)
    low, high = bootstrap_intervals(differences, customers)
    p = [paired_p(differences[:, at], customers) for at in range(len(others))]
    corrected = holm(p)
    return [
        Comparison(
            view=view,
            model=model,
            other=name,
            ratio=float(ours.mean() / values[name].mean()) if values[name].any() else None,
            difference=float(differences[:, at].mean()),
            low=float(low[at]),
            high=float(high[at]),
            p=p[at],
            p_holm=corrected[at],
        )
        for at, name in enumerate(others)
    ]


def _by_customer(values: np.ndarray, customers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums of the columns and number of rows of each customer: (customers, columns), (customers,) float32."""
    _, at = np.unique(customers, return_inverse=True)
    counts = np.bincount(at)
    sums = np.stack([np.bincount(at, column, minlength=len(counts)) for column in values.T], axis=1)
    return sums.astype(np.float32), counts.astype(np.float32)
