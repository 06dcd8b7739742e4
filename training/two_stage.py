"""The two-stage blend: candidates from several models, put in order by trees that learnt from the past."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.blend import Ranking
from models.reranker import Reranker, RerankerParameters
from training.features.causes import CAUSES, without
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
    """

    stage: FirstStage
    for_you: Reranker
    discover: Reranker

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
        for_you, discover = self.for_you.score(described.pairs), self.discover.score(described.pairs)

        def ranking(reranker: Reranker, margin: np.ndarray, is_listed: np.ndarray) -> Ranking:
            return _ranking(described, margin, is_listed, k, reranker if explain else None)

        return {
            "all": ranking(self.for_you, for_you, np.ones_like(is_new)),
            "again": ranking(self.for_you, for_you, ~is_new),
            "new": ranking(self.discover, discover, is_new),
        }

    def save(self, folder: Path) -> None:
        """Write the fixed blend that names candidates, and the trees."""
        self.stage.blend.save(folder / "first_stage")
        self.for_you.save(folder / "for_you")
        self.discover.save(folder / "discover")


def learn(stage: FirstStage, steps: list[LearningStep], config: ModelConfig) -> TwoStageBlend | None:
    """Learn to order the candidates of `stage` from steps of the past.

    None where they hold too few customers to learn from (`models.rerank_min_customers`).
    """
    learnt = [step.with_goals() for step in steps]
    learnt_new = [step.only_new().with_goals() for step in steps]
    if min(_customers(learnt), _customers(learnt_new)) < config.rerank_min_customers:
        return None
    parameters = RerankerParameters(
        rounds=config.rerank_rounds,
        learning_rate=config.rerank_learning_rate,
        leaves=config.rerank_leaves,
        min_in_leaf=config.rerank_min_in_leaf,
        l2=config.rerank_l2,
        seed=config.seed,
    )
    return TwoStageBlend(stage, _fitted(learnt, parameters), _fitted(learnt_new, parameters))


def _customers(steps: list[LearningStep]) -> int:
    return sum(len(step.groups) for step in steps)


def _fitted(steps: list[LearningStep], parameters: RerankerParameters) -> Reranker:
    pairs, gains, groups = (
        np.concatenate([getattr(step, name) for step in steps]) for name in ("pairs", "gains", "groups")
    )
    return Reranker(steps[0].features, parameters).fit(pairs, gains, groups)


def _ranking(
    described: Described,
    margin: np.ndarray,
    is_listed: np.ndarray,
    k: int,
    explained_by: Reranker | None,
) -> Ranking:
    candidates = described.candidates
    position = np.flatnonzero(is_listed)
    row = candidates.row[position]
    best_first = np.lexsort((candidates.item[position], -margin[position], row))
    position, row = position[best_first], row[best_first]
    starts = np.searchsorted(row, np.arange(len(candidates.users)))
    rank = np.arange(len(row)) - starts[row]
    position, row, rank = position[rank < k], row[rank < k], rank[rank < k]
    shape = (len(candidates.users), k)
    items = np.full(shape, -1, dtype=np.int32)
    items[row, rank] = candidates.item[position]
    scores = np.zeros(shape, dtype=np.float32)
    scores[row, rank] = 1 / (1 + np.exp(-margin[position]))
    contributions = {}
    if explained_by is not None:
        pairs, margin = described.pairs[position], margin[position]
        for cause in CAUSES:
            contributions[cause] = np.zeros(shape, dtype=np.float32)
            contributions[cause][row, rank] = _contribution(
                cause, described.names, pairs, margin, explained_by
            )
    return Ranking(items, scores, contributions)


def _contribution(
    cause: str, names: tuple[str, ...], pairs: np.ndarray, margin: np.ndarray, reranker: Reranker
) -> np.ndarray:
    """(n,) by how much the margin of each pair would be lower without the cause."""
    changed = without(cause, names, pairs)
    # Most pairs have nothing of most causes: those need no second look.
    has = ~((changed == pairs) | (np.isnan(changed) & np.isnan(pairs))).all(axis=1)
    lost = np.zeros(len(margin), dtype=np.float32)
    lost[has] = margin[has] - reranker.score(changed[has])
    return lost
