"""Figures in sentences that a merchandiser reads."""

from __future__ import annotations

from training.evaluation.rolling import COMPARED, METRIC, RollingEvaluation
from training.evaluation.significance import Comparison

BASELINES = ("most_bought", "popular")

BLENDS = (COMPARED, "fixed_blend")
"""Models made of others; the best of all the rest is what a blend has to beat."""

PLAIN_NAMES = {
    "most_bought": "what each customer bought most",
    "popular": "what everybody buys now",
}

FOUND_BY_VIEW = {
    "all": "Of 100 customers, {} find at least one product that they really buy next among ten",
    "again": "Of 100 customers who buy something again, {} find at least one such product among ten",
    "new": "Of 100 customers who buy something new to them, {} find at least one such product among ten",
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
    sentence = FOUND_BY_VIEW[view].format(ours)
    return f"{sentence}; {others}." if others else f"{sentence}."


def of_hundred(found: RollingEvaluation, model: str, view: str) -> int:
    """Customers of 100 with at least one hit among ten."""
    return round(100 * found.metrics[model][view]["hit_rate@10"])


def best_single(found: RollingEvaluation, view: str) -> str | None:
    """The model with the best NDCG@10 of a view that is no blend of others."""
    single = [name for name in found.metrics if name not in BLENDS]
    return max(single, key=lambda name: found.metrics[name][view][METRIC], default=None)


def verdict(comparison: Comparison) -> str:
    """Whether one model ranks better than another, and how sure that is."""
    figures = (
        f"difference {comparison.difference:+.4f}, 95 % interval {comparison.low:+.4f} to "
        f"{comparison.high:+.4f}, {p_value(comparison.p_holm)}"
    )
    if comparison.p_holm >= SIGNIFICANT:
        return f"These customers cannot tell {comparison.model} and {comparison.other} apart: {figures}."
    ranks = "better" if comparison.difference > 0 else "worse"
    times = "" if comparison.ratio is None else f", {comparison.ratio:.2f} times its ranking quality"
    return f"{comparison.model} ranks {ranks} than {comparison.other}{times}: {figures}."


def p_value(p: float) -> str:
    """As papers write it."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
