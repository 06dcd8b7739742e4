"""Figures over several windows: each judged by models that know nothing but what lies before it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from training.evaluation.judging import HEADLINES, PLAINLY, TAIL_RECALL, Evaluation, Terms, evaluate
from training.evaluation.segments import SEGMENTS
from training.evaluation.significance import Comparison, bootstrap_intervals, compare
from training.interactions import Interactions
from training.learning_steps import StepCache
from training.model_config import ModelConfig
from training.progress import Progress
from training.splits import rolling_splits
from training.views import VIEWS

COMPARED = "blend"
"""The model that is tested against all others."""

METRIC = "ndcg@10"
"""What the tests and the segments' intervals are about."""


@dataclass(frozen=True, eq=False)
class SegmentFigures:
    """One model for one kind of customers, or for tail products, over all windows.

    Attributes:
        customers: judged, once a window.
        mean, low, high: NDCG@10 of customers, recall@10 of tail products, with its 95 % interval.
    """

    customers: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class RollingEvaluation:
    """Several windows, and what they say together; a customer counts once in each window.

    Attributes:
        windows: oldest first; only those that judge anybody.
        metrics: as in `Evaluation`, means over all customers and windows.
        customers: view → customers judged, once a window.
        intervals: model → view → each of `HEADLINES` → 95 % interval of the mean (low, high).
        comparisons: the blend against every other model in every view, by NDCG@10.
        beyond: as in `Evaluation`, means over windows.
        segments: model → view → a segment, or `tail` → its figures.
    """

    windows: tuple[Evaluation, ...]
    metrics: dict[str, dict[str, dict[str, float]]]
    customers: dict[str, int]
    intervals: dict[str, dict[str, dict[str, tuple[float, float]]]]
    comparisons: tuple[Comparison, ...]
    beyond: dict[str, dict[str, dict[str, float | None]]]
    segments: dict[str, dict[str, dict[str, SegmentFigures]]]

    def as_json(self) -> dict[str, Any]:
        """All but `metrics`, which stand by themselves. What cannot be told is null."""
        return _without_nan(
            {
                "cutoffs": [
                    {
                        "cut": _iso(window.cut),
                        "end": _iso(window.end),
                        "customers": {view: len(judged) for view, judged in window.judged.items()},
                        "light_up_to": window.light_up_to,
                        "metrics": window.metrics,
                    }
                    for window in self.windows
                ],
                "customers": self.customers,
                "intervals": self.intervals,
                "comparisons": [asdict(comparison) for comparison in self.comparisons],
                "beyond": self.beyond,
                "segments": {
                    model: {
                        view: {name: asdict(figures) for name, figures in of_view.items()}
                        for view, of_view in views.items()
                    }
                    for model, views in self.segments.items()
                },
            }
        )


def evaluate_windows(
    interactions: Interactions,
    config: ModelConfig,
    window_days: float = 31,
    windows: int = 3,
    terms: Terms = PLAINLY,
    progress: Progress | None = None,
    done: Callable[[int, int], None] | None = None,
) -> Iterator[Evaluation]:
    """Judge every model, the comparison models too, on each window, oldest first.

    Args:
        interactions: the whole history.
        windows: how many at most (`training.splits.rolling_cuts`).
        terms: what else they are judged by and under; `afterwards` is for the models of the last window.
        progress: told each step as it begins.
        done: told how many windows of how many are done.
    """
    splits = rolling_splits(interactions, window_days, windows)
    # What one window's re-ranker learns from lies before the next one's, too.
    last = replace(terms, steps=StepCache(), with_comparison=True)
    earlier = replace(last, afterwards=None)
    for at, (cut, history) in enumerate(splits):
        if done:
            done(at, len(splits))
        is_last = at + 1 == len(splits)
        say = _numbered(progress, at + 1, len(splits))
        yield evaluate(history, config, cut, terms=last if is_last else earlier, progress=say)


def pooled(windows: Sequence[Evaluation]) -> RollingEvaluation:
    """What the windows say together. The same models are judged in each."""
    judging = tuple(window for window in windows if window.customers)
    names = tuple(judging[0].metrics) if judging else ()
    views = [_pooled_view(judging, names, view) for view in VIEWS] if judging else []
    return RollingEvaluation(
        windows=judging,
        metrics={name: {view: _pooled_metrics(judging, name, view) for view in VIEWS} for name in names},
        customers={view: sum(len(window.judged[view]) for window in judging) for view in VIEWS},
        intervals={name: {of.view: of.intervals[name] for of in views} for name in names},
        comparisons=tuple(comparison for of in views for comparison in of.comparisons),
        beyond={name: {view: _pooled_beyond(judging, name, view) for view in VIEWS} for name in names},
        segments={name: {of.view: of.segments[name] for of in views} for name in names},
    )


@dataclass(frozen=True, eq=False)
class _PooledView:
    """One view over all windows; by model as in `RollingEvaluation`."""

    view: str
    intervals: dict[str, dict[str, tuple[float, float]]]
    comparisons: list[Comparison]
    segments: dict[str, dict[str, SegmentFigures]]


def _pooled_view(windows: Sequence[Evaluation], names: Sequence[str], view: str) -> _PooledView:
    customers = np.concatenate([window.judged[view] for window in windows])
    segment = np.concatenate([window.segment[view] for window in windows])
    values = {metric: _values(windows, names, view, metric) for metric in (*HEADLINES, TAIL_RECALL)}
    intervals: dict[str, dict[str, tuple[float, float]]] = {name: {} for name in names}
    for metric in HEADLINES:
        bounds = zip(*bootstrap_intervals(values[metric], customers), strict=True)
        for name, (low, high) in zip(names, bounds, strict=True):
            intervals[name][metric] = (float(low), float(high))
    groups = {kind: (segment == at, METRIC) for at, kind in enumerate(SEGMENTS)}
    # Who has a goal in the tail is the same for all models.
    groups["tail"] = (~np.isnan(values[TAIL_RECALL][:, 0]), TAIL_RECALL)
    segments: dict[str, dict[str, SegmentFigures]] = {name: {} for name in names}
    for kind, (members, metric) in groups.items():
        for name, figures in zip(names, _figures(values[metric][members], customers[members]), strict=True):
            segments[name][kind] = figures
    columns = dict(zip(names, values[METRIC].T, strict=True))
    comparisons = compare(view, COMPARED, columns, customers) if COMPARED in names else []
    return _PooledView(view, intervals, comparisons, segments)


def _values(windows: Sequence[Evaluation], names: Sequence[str], view: str, metric: str) -> np.ndarray:
    """(judged in all windows, models) float64"""
    return np.stack(
        [np.concatenate([window.values[name][view][metric] for window in windows]) for name in names], axis=1
    )


def _figures(values: np.ndarray, customers: np.ndarray) -> list[SegmentFigures]:
    """One for each column."""
    means = values.mean(axis=0) if len(values) else np.full(values.shape[1], np.nan)
    low, high = bootstrap_intervals(values, customers)
    return [SegmentFigures(len(values), *map(float, bounds)) for bounds in zip(means, low, high, strict=True)]


def _pooled_metrics(windows: Sequence[Evaluation], name: str, view: str) -> dict[str, float]:
    judged = [len(window.judged[view]) for window in windows]
    weights = np.array(judged) / max(sum(judged), 1)
    return {
        metric: float(
            sum(w * window.metrics[name][view][metric] for w, window in zip(weights, windows, strict=True))
        )
        for metric in windows[0].metrics[name][view]
    }


def _pooled_beyond(windows: Sequence[Evaluation], name: str, view: str) -> dict[str, float | None]:
    figures = [window.beyond[name][view] for window in windows]
    told = {key: [value for of in figures if (value := of[key]) is not None] for key in figures[0]}
    return {key: float(np.mean(values)) if values else None for key, values in told.items()}


def _numbered(progress: Progress | None, at: int, of: int) -> Progress | None:
    return progress and (lambda step: progress(f"window {at} of {of}, {step}"))


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _without_nan(value: Any) -> Any:
    """JSON has no NaN: null in its place."""
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else value
