"""Judge models on the orders that came after the ones they learnt from.

Every figure follows one protocol. The history is cut in time (`training.splits`); models are fitted
before the cut; customers with a purchase before the cut and one in the window are judged; their goals
are the distinct products they bought in the window that were sold before the cut; all products are
ranked, none sampled; gains are binary (`training.metrics`). View `all` counts re-purchases. View `new`
drops what the customer bought before, from goals and lists alike, and then customers without a goal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from training.fitting import ModelConfig, Progress, Rankers, fit_rankers
from training.interactions import Interactions
from training.metrics import CUTOFFS, ranking_metrics
from training.splits import TemporalSplit, temporal_split
from training.views import View

QUICK_MODELS = ("blend", "most_bought", "popular", "als")
"""What the `quick` profile judges; `standard` judges every fitted model."""

_BATCH_BYTES = 64 * 2**20
"""Of one dense batch of scores."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How well each model ranked what was bought next.

    Attributes:
        metrics: model → view → metric name ("ndcg@10") → mean over the view's customers. Empty where
            the history is too short to judge anybody; a view that judges nobody says 0.
        customers: judged in view `all`.
        customers_new: judged in view `new`.
        cut: seconds since 1970 UTC.
        per_customer: model → view → (customers of the view,) float64 NDCG@10, in one order for all
            models, for `paired_difference`.
    """

    metrics: dict[str, dict[str, dict[str, float]]]
    customers: int
    customers_new: int
    cut: int
    per_customer: dict[str, dict[str, np.ndarray]]


def evaluate(
    interactions: Interactions,
    config: ModelConfig,
    cut: int | None = None,
    window_days: float = 31,
    models: Iterable[str] | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Fit before the cut, rank for the window [cut, interactions.now].

    Args:
        interactions: the whole history.
        config: parameters of the models.
        cut: seconds since 1970 UTC; default `training.splits.default_cut`.
        window_days: for the default cut.
        models: names to judge; default: those of the profile.
        progress: told each step as it begins.
    """
    split = temporal_split(interactions, cut, window_days)
    if len(split.users) == 0:
        return Evaluation({}, 0, 0, split.cut, {})
    fitted = fit_rankers(split.train, config, progress)
    names = tuple(models) if models is not None else _of_profile(fitted, config)
    return judge(fitted, split, names, progress)


def judge(
    fitted: Rankers, split: TemporalSplit, names: Iterable[str], progress: Progress | None = None
) -> Evaluation:
    """Compare the lists of fitted models with the goals of the split."""
    new_goals = _new_goals(split)
    judged_new = np.diff(new_goals.indptr) > 0
    metrics: dict[str, dict[str, dict[str, float]]] = {}
    per_customer: dict[str, dict[str, np.ndarray]] = {}
    for name in names:
        if progress:
            progress(f"judging {name}")
        by_view = {
            "all": ranking_metrics(_lists(fitted, name, "all", split), split.goals),
            "new": ranking_metrics(_lists(fitted, name, "new", split)[judged_new], new_goals[judged_new]),
        }
        metrics[name] = {view: {m: _mean(v) for m, v in values.items()} for view, values in by_view.items()}
        per_customer[name] = {view: values["ndcg@10"] for view, values in by_view.items()}
    return Evaluation(metrics, len(split.users), int(judged_new.sum()), split.cut, per_customer)


def _of_profile(fitted: Rankers, config: ModelConfig) -> tuple[str, ...]:
    return QUICK_MODELS if config.profile == "quick" else tuple(fitted.models)


def _new_goals(split: TemporalSplit) -> csr_matrix:
    goals = csr_matrix(split.goals - split.goals.multiply(split.bought))
    goals.eliminate_zeros()
    return goals


def _lists(fitted: Rankers, name: str, view: View, split: TemporalSplit) -> np.ndarray:
    """What a model lists for all judged customers: (users, k)."""
    batches = user_batches(len(split.users), split.goals.shape[1])
    return np.vstack(
        [fitted.lists(name, view, split.users[b], max(CUTOFFS), split.bought[b]) for b in batches]
    )


def user_batches(n_users: int, n_items: int) -> Iterator[slice]:
    """Slices of users whose dense scores take about 64 MB."""
    size = max(1, _BATCH_BYTES // (4 * max(1, n_items)))
    for start in range(0, n_users, size):
        yield slice(start, min(start + size, n_users))


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0
