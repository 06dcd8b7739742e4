"""What each control costs: the same candidates, re-ranked under one setting after another, judged alike."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix

from training.diversity.config import DiversityConfig
from training.diversity.controls import RERANKED, Controls, Diversifier
from training.evaluation.beyond_accuracy import Assortment, K, ProductFacts, beyond_accuracy
from training.evaluation.significance import paired_difference
from training.fitting import Rankers
from training.metrics import ranking_metrics
from training.progress import Progress
from training.splits import TemporalSplit
from training.views import VIEW_OF_LIST

NO_CONTROL = DiversityConfig()

BY_CATEGORY: dict[str, DiversityConfig] = {
    "max_per_category = 4": replace(NO_CONTROL, max_per_category=4),
    "max_per_category = 2": replace(NO_CONTROL, max_per_category=2),
    "calibration = 0.1": replace(NO_CONTROL, calibration=0.1),
    "calibration = 0.3": replace(NO_CONTROL, calibration=0.3),
    "calibration = 0.5": replace(NO_CONTROL, calibration=0.5),
}
"""Settings that need a catalogue with categories."""

ANY_SHOP: dict[str, DiversityConfig] = {
    "mmr = 0.9": replace(NO_CONTROL, mmr=0.9),
    "mmr = 0.7": replace(NO_CONTROL, mmr=0.7),
    "mmr = 0.5": replace(NO_CONTROL, mmr=0.5),
    "tail_exposure = 0.1": replace(NO_CONTROL, tail_exposure=0.1),
    "tail_exposure = 0.25": replace(NO_CONTROL, tail_exposure=0.25),
    "tail_exposure = 0.5": replace(NO_CONTROL, tail_exposure=0.5),
}


@dataclass(frozen=True)
class Price:
    """One list under one setting, over the first ten places of all customers judged.

    Attributes:
        placement: `for_you`, judged by all purchases, or `discover`, by those of products new to a customer.
        setting: of `[diversity]`, as it is written there.
        ndcg, recall: @10.
        change, low, high: of NDCG@10 against no control, and its bootstrap 95 % interval.
        coverage, gini, similarity: as `beyond_accuracy` tells them; None where nothing can be told.
        tail_share: of the places that products of the long tail have.
    """

    placement: str
    setting: str
    ndcg: float
    recall: float
    change: float
    low: float
    high: float
    coverage: float | None
    gini: float | None
    similarity: float | None
    tail_share: float

    @property
    def kept(self) -> float | None:
        """Share of the NDCG@10 without any control."""
        without = self.ndcg - self.change
        return self.ndcg / without if without else None


def row_of(price: Price) -> dict[str, str | float | None]:
    """What a reader of a table sees, by heading; the first column names the row."""
    return {
        "setting": f"{price.placement}: {price.setting}",
        "NDCG": price.ndcg,
        "of it kept": price.kept,
        "recall": price.recall,
        "share of products shown": price.coverage,
        "unevenness (Gini)": price.gini,
        "likeness within a list": price.similarity,
        "share of the long tail": price.tail_share,
    }


def price_of_diversity(
    rankers: Rankers,
    split: TemporalSplit,
    controls: Controls,
    assortment: Assortment | None = None,
    progress: Progress | None = None,
) -> list[Price]:
    """The price of a grid of settings, first that of none: 0.

    Args:
        rankers: fitted on `split.train`; their `blend` is re-ranked.
        split: what to judge by.
        controls: attributes and length of the lists; its own setting, where one is on, is judged, too.
        assortment: what a catalogue tells, for the figures beyond accuracy.
        progress: told each step as it begins.
    """
    facts = ProductFacts.at(split, assortment)
    diversifier = controls.diversifier(split.train)
    prices = []
    for placement, (items, scores) in _candidates(rankers, split, controls.list_length).items():
        if progress:
            progress(f"what diversity costs {placement}")
        goals = split.goals_in(VIEW_OF_LIST[placement])
        judged = np.flatnonzero(np.diff(goals.indptr))
        if len(judged):
            one = _OneList(placement, split.users[judged], items[judged], scores[judged], goals[judged])
            prices += _prices(one, facts, diversifier)
    return prices


@dataclass(frozen=True, eq=False)
class _OneList:
    """The candidates of all judged customers for one list.

    Attributes:
        users: (users,) customer numbers.
        items, scores: (users, k), best first.
        goals: users × items CSR.
    """

    placement: str
    users: np.ndarray
    items: np.ndarray
    scores: np.ndarray
    goals: csr_matrix


def _candidates(rankers: Rankers, split: TemporalSplit, k: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """What the blend lists, ranked once: placement → (items, scores) of all judged customers."""
    batches = rankers.blend.stage.batches(len(split.users))
    rankings = [rankers.blend.rank(split.users[batch], k) for batch in batches]
    return {
        placement: (
            np.vstack([ranking[view].items for ranking in rankings]),
            np.vstack([ranking[view].scores for ranking in rankings]),
        )
        for placement in RERANKED
        for view in [VIEW_OF_LIST[placement]]
    }


def _prices(one: _OneList, facts: ProductFacts, diversifier: Diversifier) -> list[Price]:
    """Of every setting; no control, which the others are held against, comes first."""
    base = ranking_metrics(one.items, one.goals)["ndcg@10"]
    prices = []
    for setting, config in _grid(diversifier.controls).items():
        lists = one.items
        if config.changes_lists:
            asked = replace(diversifier, controls=replace(diversifier.controls, config=config))
            lists = np.take_along_axis(one.items, asked.order(one.users, one.items, one.scores), axis=1)
        prices.append(_price(one, setting, lists, base, facts))
    return prices


def _price(one: _OneList, setting: str, lists: np.ndarray, base: np.ndarray, facts: ProductFacts) -> Price:
    metrics = ranking_metrics(lists, one.goals)
    change, low, high = paired_difference(metrics["ndcg@10"], base)
    beyond = beyond_accuracy(lists, one.goals, facts)
    listed = lists[:, :K]
    return Price(
        placement=one.placement,
        setting=setting,
        ndcg=float(metrics["ndcg@10"].mean()),
        recall=float(metrics["recall@10"].mean()),
        change=change,
        low=low,
        high=high,
        coverage=beyond["coverage@10"],
        gini=beyond["gini@10"],
        similarity=beyond["similarity@10"],
        tail_share=float(facts.is_tail[listed[listed >= 0]].mean()) if (listed >= 0).any() else 0.0,
    )


def _grid(controls: Controls) -> dict[str, DiversityConfig]:
    """Setting → options: none, what this catalogue lets one ask for, and what the shop asks for."""
    by_category = BY_CATEGORY if controls.attributes.category_names else {}
    own = {"as configured": controls.config} if controls.config.changes_lists else {}
    return {"no control": NO_CONTROL, **by_category, **ANY_SHOP, **own}
