"""The two-stage blend: candidates from several models, put in order by trees that learnt from the past."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.blend import Ranking
from models.reranker import Lesson, Reranker, RerankerParameters
from training.features.causes import CAUSES, typical_values, without
from training.first_stage import NOTHING, Described, FirstStage
from training.learning_steps import LearningStep
from training.model_config import ModelConfig
from training.views import View

TWO_STAGE = "two_stage"


@dataclass(frozen=True, eq=False)
class TwoStageBlend:
    """Ranks candidates for each view.

    Attributes:
        stage: names and describes the candidates.
        for_you: orders any candidates: views `all` and `again`.
        discover: learnt from, and orders, products new to a customer: view `new`.
        typical: feature → the median of the candidates learnt from, for explanations.
    """

    stage: FirstStage
    for_you: Reranker
    discover: Reranker
    typical: dict[str, float]

    name = TWO_STAGE
    causes = CAUSES

    def rank(
        self, users: np.ndarray, k: int, unavailable: np.ndarray = NOTHING, *, explain: bool = False
    ) -> dict[View, Ranking]:
        """The k best products of each customer in each view, by scores between 0 and 1.

        Args:
            users: row numbers of the fitted matrix; a batch.
            k: products a customer at most.
            unavailable: item numbers that are on no list.
            explain: tell the contributions too: by how much the score, before it is squeezed between 0 and
                1, would be lower without each of `causes`. They do not sum to it: what two causes say
                together is lost with either.
        """
        described = self.stage.describe(users, unavailable, at_least=k)
        is_new = described.is_new
        margin = self.for_you.score(described.pairs)
        margin_new = np.zeros_like(margin)
        margin_new[is_new] = self.discover.score(described.pairs[is_new])
        lost = {
            "all": self._lost(described, self.for_you, margin, np.ones_like(is_new)) if explain else {},
            "new": self._lost(described, self.discover, margin_new, is_new) if explain else {},
        }
        return {
            "all": _ranking(described, margin, np.ones_like(is_new), k, lost["all"]),
            "again": _ranking(described, margin, ~is_new, k, lost["all"]),
            "new": _ranking(described, margin_new, is_new, k, lost["new"]),
        }

    def _lost(
        self, described: Described, reranker: Reranker, margin: np.ndarray, asked: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Cause → (n,) float32, by how much the margin of each pair asked about would be lower without it."""
        pairs = described.pairs
        found = {}
        for cause in CAUSES:
            changed = without(cause, described.names, pairs, described.candidates, self.typical)
            # Most pairs have nothing of most causes: those need no second look.
            has = asked & ~((changed == pairs) | (np.isnan(changed) & np.isnan(pairs))).all(axis=1)
            found[cause] = np.zeros(len(margin), dtype=np.float32)
            found[cause][has] = margin[has] - reranker.score(changed[has])
        return found

    def save(self, folder: Path) -> None:
        """Write the fixed blend that names candidates, and the trees."""
        self.stage.blend.save(folder / "first_stage")
        self.for_you.save(folder / "for_you")
        self.discover.save(folder / "discover")


def learn(stage: FirstStage, steps: list[LearningStep], config: ModelConfig) -> TwoStageBlend | None:
    """Learn to order the candidates of `stage` from steps of the past.

    None where they hold too few customers to learn from (`models.rerank_min_customers`).
    """
    # Who is counted here has a goal and another candidate among all products, too.
    if sum(len(step.only_new().with_goals().groups) for step in steps) < config.rerank_min_customers:
        return None
    parameters = RerankerParameters(
        rounds=config.rerank_rounds,
        learning_rate=config.rerank_learning_rate,
        leaves=config.rerank_leaves,
        min_in_leaf=config.rerank_min_in_leaf,
        l2=config.rerank_l2,
        seed=config.seed,
    )
    features = steps[0].features
    return TwoStageBlend(
        stage,
        Reranker(features, parameters).fit(_lesson(step.with_goals()) for step in steps),
        Reranker(features, parameters).fit(_lesson(step.only_new().with_goals()) for step in steps),
        typical_values(features, steps[0].pairs),
    )


def _lesson(step: LearningStep) -> Lesson:
    return Lesson(step.pairs, step.gains, step.groups)


def _ranking(
    described: Described, margin: np.ndarray, is_listed: np.ndarray, k: int, lost: dict[str, np.ndarray]
) -> Ranking:
    """The k best of the pairs that a view lists, with what each cause contributes to them."""
    candidates = described.candidates
    position = np.flatnonzero(is_listed)
    row = candidates.row[position]
    best_first = np.lexsort((candidates.item[position], -margin[position], row))
    position, row = position[best_first], row[best_first]
    starts = np.searchsorted(row, np.arange(len(candidates.users)))
    rank = np.arange(len(row)) - starts[row]
    position, row, rank = position[rank < k], row[rank < k], rank[rank < k]

    def laid_out(values: np.ndarray, padding: float) -> np.ndarray:
        table = np.full((len(candidates.users), k), padding, dtype=values.dtype)
        table[row, rank] = values[position]
        return table

    return Ranking(
        laid_out(candidates.item, -1),
        laid_out(1 / (1 + np.exp(-margin)), 0),
        {cause: laid_out(values, 0) for cause, values in lost.items()},
    )
