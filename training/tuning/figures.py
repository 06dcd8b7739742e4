"""How well a blend's lists did in one window, by the figure that settings are chosen by."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from training.fitting import PublishedBlend
from training.metrics import CUTOFFS, ranking_metrics
from training.splits import TemporalSplit
from training.views import View

METRIC = "ndcg@10"
VIEWS: tuple[View, ...] = ("all", "new")
"""What `for_you` and `discover` are judged by."""


def figures(blend: PublishedBlend, split: TemporalSplit) -> dict[str, np.ndarray]:
    """`METRIC` of a blend's lists, by the protocol of docs/evaluation.md.

    Args:
        blend: fitted on `split.train`.

    Returns:
        view → (customers of the view,) float64, customers in one order for all blends; without the views
        in which nobody is judged.
    """
    batches = blend.stage.batches(len(split.users))
    ranked = [blend.rank(split.users[batch], max(CUTOFFS)) for batch in batches]
    found = {}
    for view in VIEWS:
        goals = split.goals_in(view)
        judged = np.diff(goals.indptr) > 0
        if judged.any():
            lists = np.vstack([views[view].items for views in ranked])
            found[str(view)] = ranking_metrics(lists[judged], goals[judged])[METRIC]
    return found


def mean_ratio(found: Mapping[str, np.ndarray], base: Mapping[str, np.ndarray]) -> float:
    """The mean over views of one mean figure over another; 1 where the base tells nothing.

    Both placements count alike, though a repeat purchase is several times as easy to foresee as a new
    one.
    """
    ratios = [float(found[view].mean() / base[view].mean()) for view in base if base[view].any()]
    return float(np.mean(ratios)) if ratios else 1.0
