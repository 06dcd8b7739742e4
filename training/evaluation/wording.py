"""Figures in sentences that a merchandiser reads."""

from __future__ import annotations

from collections.abc import Sequence

from training.evaluation.rolling import COMPARED, METRIC, RollingEvaluation
from training.evaluation.significance import Comparison

BASELINES = ("most_bought", "popular")

PLAIN_NAMES = {
    "most_bought": "what each customer bought most",
    "popular": "what everybody buys now",
}

FOUND_BY_VIEW = {
    "all": "find at least one product that they really buy next",
    "again": "who buy something again find at least one of those products",
    "new": "who buy something they never bought before find at least one of those products",
}

HEADINGS = {
    "all": "All purchases",
    "again": "Products bought again",
    "new": "Products new to the customer",
}

SIGNIFICANT = 0.05


def lead(found: RollingEvaluation, view: str) -> str:
    """How many of 100 customers are served in a view, by our lists and by the baselines."""
    judged = found.customers[view]
    if not judged:
        return "In these windows nobody did that."
    ours = of_hundred(found, COMPARED, view)
    others = "; ".join(
        f"with {PLAIN_NAMES[name]}: {of_hundred(found, name, view)}"
        for name in BASELINES
        if name in found.metrics
    )
    sentence = f"Of 100 customers {ours} {FOUND_BY_VIEW[view]} among ten recommended"
    if view != "all":
        sentence = f"Of 100 customers {FOUND_BY_VIEW[view].replace(' find ', f', {ours} find ', 1)} among ten"
    return f"{sentence}; {others}." if others else f"{sentence}."


def of_hundred(found: RollingEvaluation, model: str, view: str) -> int:
    """Customers of 100 with at least one hit among ten."""
    return round(100 * found.metrics[model][view]["hit_rate@10"])


def best_single(found: RollingEvaluation, view: str, blends: Sequence[str]) -> str | None:
    """The model with the best NDCG@10 of a view that is no blend of others."""
    single = [name for name in found.metrics if name not in blends]
    return max(single, key=lambda name: found.metrics[name][view][METRIC], default=None)


def verdict(comparison: Comparison) -> str:
    """Whether one model ranks better than another, and how sure that is."""
    ratio = "" if comparison.ratio is None else f"{comparison.ratio:.2f} times the ranking quality of"
    figures = (
        f"difference {comparison.difference:+.4f}, 95 % interval {comparison.low:+.4f} to "
        f"{comparison.high:+.4f}, {p_value(comparison.p_holm)}"
    )
    if comparison.p_holm >= SIGNIFICANT:
        return f"These customers cannot tell {comparison.model} and {comparison.other} apart: {figures}."
    return f"{comparison.model} has {ratio} {comparison.other}: {figures}."


def p_value(p: float) -> str:
    """As papers write it."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
