"""Judge models on the orders that came after the ones they learnt from.

Every figure follows one protocol. The history is cut in time (`training.splits`); models are fitted
before the cut; customers with a purchase before the cut and one in the window are judged; their goals
are the distinct products they bought in the window that were sold before the cut; all products are
ranked, none sampled; gains are binary (`training.metrics`). View `all` counts every goal, `again`
re-purchases only, `new` only what the customer had not bought before: goals and lists alike keep to the
view, and customers without a goal in it are left out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_matrix

from models.base import Recommender
from training.batches import map_batches, user_batches
from training.comparison_models import COMPARISON_MODELS
from training.diversity import Controls
from training.evaluation.beyond_accuracy import Assortment, ProductFacts, beyond_accuracy, spend_caught
from training.evaluation.segments import order_numbers, segment_of, tail_goals
from training.fitting import Rankers, fit_rankers
from training.interactions import Interactions
from training.learning_steps import StepCache
from training.matrix import order_counts
from training.metrics import CUTOFFS, ranking_metrics
from training.model_config import ModelConfig
from training.progress import Progress, silent
from training.splits import TemporalSplit, temporal_split
from training.views import VIEWS, View, listed

QUICK_MODELS = ("blend", "fixed_blend", "most_bought", "popular", "als")
"""What every run judges: its gate asks for the baselines, its reader for the model that everybody knows."""

HEADLINES = ("ndcg@10", "recall@10", "hit_rate@10")
"""The metrics that are kept for each customer, to be given with intervals."""

TAIL_RECALL = "tail_recall@10"
"""Recall of the goals outside the head; NaN for customers without one."""

LISTED_ITEMS = max(CUTOFFS)


@dataclass(frozen=True, eq=False)
class Terms:
    """What else models are judged by and under, the same for all of them.

    Attributes:
        assortment: what a catalogue tells, for the figures beyond accuracy.
        controls: of diversity, under which the blend is judged; None: none is on.
        steps: of the past that are there already, as of `training.fitting.fit_models`.
        with_comparison: the `standard` profile judges `COMPARISON_MODELS`, too.
        afterwards: what else to do with the models and their split while they are there, once judged.
    """

    assortment: Assortment | None = None
    controls: Controls | None = None
    steps: StepCache | None = None
    with_comparison: bool = False
    afterwards: Callable[[Rankers, TemporalSplit], None] | None = None


PLAINLY = Terms()
"""By the orders alone."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How well each model ranked what was bought in one window.

    Attributes:
        metrics: model → view → metric name ("ndcg@10") → mean over the view's customers. Empty where
            the history is too short to judge anybody; a view that judges nobody says 0.
        customers: judged in view `all`.
        customers_new: judged in view `new`.
        cut: seconds since 1970 UTC.
        per_customer: model → view → (customers of the view,) float64 NDCG@10, in one order for all
            models, for `paired_difference`.
        end: of the window, seconds since 1970 UTC.
        judged: view → (customers of the view,) int32 customer indices, rising.
        segment: view → (customers of the view,) int8 position in `segments.SEGMENTS`.
        light_up_to: the most orders of a light customer.
        values: model → view → each of `HEADLINES` and `TAIL_RECALL` → (customers of the view,) float64.
        beyond: model → view → the names of `beyond_accuracy`, and `spend_caught@10` → figure or None.
        blend: what `blend` was, `two_stage` or `fixed_blend`; empty where nobody was judged.
    """

    metrics: dict[str, dict[str, dict[str, float]]]
    customers: int
    customers_new: int
    cut: int
    per_customer: dict[str, dict[str, np.ndarray]]
    end: int = 0
    judged: dict[str, np.ndarray] = field(default_factory=dict)
    segment: dict[str, np.ndarray] = field(default_factory=dict)
    light_up_to: int = 1
    values: dict[str, dict[str, dict[str, np.ndarray]]] = field(default_factory=dict)
    beyond: dict[str, dict[str, dict[str, float | None]]] = field(default_factory=dict)
    blend: str = ""


def evaluate(
    interactions: Interactions,
    config: ModelConfig,
    cut: int | None = None,
    window_days: float = 31,
    models: Iterable[str] | None = None,
    terms: Terms = PLAINLY,
    progress: Progress | None = None,
) -> Evaluation:
    """Fit before the cut, rank for the window [cut, interactions.now].

    Args:
        interactions: the whole history.
        config: parameters of the models.
        cut: seconds since 1970 UTC; default `training.splits.default_cut`.
        window_days: for the default cut.
        models: names to judge; default: what `run` fits, and under the `quick` profile `QUICK_MODELS`.
        terms: what else they are judged by and under.
        progress: told each step as it begins.
    """
    split = temporal_split(interactions, cut, window_days)
    if len(split.users) == 0:
        return Evaluation({}, 0, 0, split.cut, {}, interactions.now)
    fitted = fit_rankers(split.train, config, progress, terms.steps)
    if terms.controls is not None:
        fitted = terms.controls.applied_to(fitted, split.train)
    names = tuple(models) if models is not None else _of_profile(fitted, config, terms.with_comparison)
    found = judge(fitted, split, names, progress, terms.assortment)
    if terms.afterwards is not None:
        terms.afterwards(fitted, split)
    return found


def judge(
    fitted: Rankers,
    split: TemporalSplit,
    names: Iterable[str],
    progress: Progress | None = None,
    assortment: Assortment | None = None,
) -> Evaluation:
    """Compare the lists of models with the goals of the split.

    Args:
        fitted: on `split.train`.
        names: of `fitted.names`, and of `COMPARISON_MODELS`, which are fitted here, one after another.
    """
    facts = ProductFacts.at(split, assortment)
    audiences = {view: _Audience.of(split, view, facts) for view in VIEWS}
    figures = {
        name: {view: _figures(lists[view], audience, facts) for view, audience in audiences.items()}
        for name, lists in _all_lists(fitted, split, names, progress or silent)
    }
    known = split.train.known()
    segment, light_up_to = segment_of(order_numbers(known)[split.users])
    return Evaluation(
        metrics={
            name: {view: found.metrics for view, found in views.items()} for name, views in figures.items()
        },
        customers=len(split.users),
        customers_new=len(audiences["new"].rows),
        cut=split.cut,
        per_customer={
            name: {view: found.values["ndcg@10"] for view, found in views.items()}
            for name, views in figures.items()
        },
        end=split.end,
        judged={view: split.users[audience.rows] for view, audience in audiences.items()},
        segment={view: segment[audience.rows] for view, audience in audiences.items()},
        light_up_to=light_up_to,
        values={
            name: {view: found.values for view, found in views.items()} for name, views in figures.items()
        },
        beyond={
            name: {view: found.beyond for view, found in views.items()} for name, views in figures.items()
        },
        blend=fitted.blend.name,
    )


@dataclass(frozen=True, eq=False)
class _Audience:
    """Whom a view judges, and by what.

    Attributes:
        rows: (customers,) positions among the judged customers of the split.
        goals, tail, spend: customers × items CSR: the goals, those outside the head, what was paid.
    """

    rows: np.ndarray
    goals: csr_matrix
    tail: csr_matrix
    spend: csr_matrix

    @classmethod
    def of(cls, split: TemporalSplit, view: View, facts: ProductFacts) -> _Audience:
        goals = split.goals_in(view)
        rows = np.flatnonzero(np.diff(goals.indptr))
        goals = goals[rows]
        return cls(rows, goals, tail_goals(goals, facts.is_tail), split.spend[rows])


@dataclass(frozen=True, eq=False)
class _Figures:
    """One model in one view; as in `Evaluation`."""

    metrics: dict[str, float]
    values: dict[str, np.ndarray]
    beyond: dict[str, float | None]


def _figures(lists: np.ndarray, audience: _Audience, facts: ProductFacts) -> _Figures:
    lists = lists[audience.rows]
    found = ranking_metrics(lists, audience.goals)
    with_tail = np.diff(audience.tail.indptr) > 0
    tail_recall = np.full(len(lists), np.nan)
    tail_recall[with_tail] = ranking_metrics(lists[with_tail], audience.tail[with_tail])["recall@10"]
    caught = spend_caught(lists, audience.goals, audience.spend)
    return _Figures(
        metrics={name: _mean(values) for name, values in found.items()},
        values={**{name: found[name] for name in HEADLINES}, TAIL_RECALL: tail_recall},
        beyond={**beyond_accuracy(lists, audience.goals, facts), "spend_caught@10": caught},
    )


def _all_lists(
    fitted: Rankers, split: TemporalSplit, names: Iterable[str], progress: Progress
) -> Iterator[tuple[str, dict[View, np.ndarray]]]:
    """What each model lists for all judged customers: name, view → (users, LISTED_ITEMS)."""
    counts = order_counts(split.train)
    for name in names:
        if name in fitted.names:
            progress(f"judging {name}")
            yield name, _lists(fitted, name, split)
        else:
            progress(f"fitting {name}")
            model = COMPARISON_MODELS[name](split.train, counts)
            progress(f"judging {name}")
            yield name, _lists_of(model, split)


def _lists(fitted: Rankers, name: str, split: TemporalSplit) -> dict[View, np.ndarray]:
    def listed_to(batch: slice) -> dict[View, np.ndarray]:
        return fitted.lists(name, split.users[batch], LISTED_ITEMS, split.bought[batch])

    parts = list(map_batches(listed_to, _batches(split)))
    return {view: np.vstack([lists[view] for lists in parts]) for view in VIEWS}


def _lists_of(model: Recommender, split: TemporalSplit) -> dict[View, np.ndarray]:
    """All views from one scoring, which is most of the work."""
    parts: dict[View, list[np.ndarray]] = {view: [] for view in VIEWS}
    for batch in _batches(split):
        scores = model.score(split.users[batch])
        for view in VIEWS:
            parts[view].append(listed(scores, view, LISTED_ITEMS, split.bought[batch]))
    return {view: np.vstack(lists) for view, lists in parts.items()}


def _batches(split: TemporalSplit) -> Iterator[slice]:
    return user_batches(len(split.users), split.goals.shape[1])


def _of_profile(fitted: Rankers, config: ModelConfig, with_comparison: bool) -> tuple[str, ...]:
    if config.profile == "quick":
        return QUICK_MODELS
    return (*fitted.names, *(COMPARISON_MODELS if with_comparison else ()))


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else 0.0
