"""The two-stage blend: candidates from several models, put in order by trees that learnt from the past."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.blend import Ranking
from models.reranker import Reranker, RerankerParameters
from training.candidates import Candidates
from training.features.causes import CAUSES, typical_values, without
from training.first_stage import NOTHING, Described, FirstStage
from training.learning_steps import LearningStep
from training.model_config import ModelConfig
from training.views import View

TWO_STAGE = "two_stage"


@dataclass(frozen=True, eq=False)
class TwoStageBlend:
    """Ranks candidates for each view.

    Trees that learn from all candidates know best where products that the customer bought come before new
    ones; those that learn from bought ones only, which of these comes first. So products bought before are in
    the order of the mean of both, in view `all` in the places that `for_you` gives to such products.

    Attributes:
        stage: names and describes the candidates.
        for_you: learnt from all candidates: views `all` and `again`.
        buy_it_again: learnt from products that the customer bought before: the same views. None where too
            few customers came back for any.
        discover: learnt from products new to the customer: view `new`.
        typical: feature → the median of the candidates learnt from, for explanations.
    """

    stage: FirstStage
    for_you: Reranker
    buy_it_again: Reranker | None
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
            explain: tell the contributions too: by how much the score by `for_you`, or `discover`, before it
                is squeezed between 0 and 1, would be lower without each of `causes`. They do not sum to it:
                what two causes say together is lost with either.
        """
        described = self.stage.describe(users, unavailable, at_least=k)
        pairs, is_new, candidates = described.pairs, described.is_new, described.candidates
        margin = self.for_you.score(pairs)
        margin_again = self._of_both(margin, pairs, ~is_new)
        margin_new = np.zeros_like(margin)
        margin_new[is_new] = self.discover.score(pairs[is_new])
        places = in_places_of(margin, margin_again, candidates.row, ~is_new)
        listed = {
            "all": _Listed.best(candidates, places, np.ones_like(is_new), k),
            "again": _Listed.best(candidates, margin_again, ~is_new, k),
            "new": _Listed.best(candidates, margin_new, is_new, k),
        }
        lost, lost_new = {}, {}
        if explain:
            # Trees that saw bought products only cannot tell what one would be worth that was not bought.
            lost = self._lost(described, self.for_you, margin, [listed["all"], listed["again"]])
            lost_new = self._lost(described, self.discover, margin_new, [listed["new"]])
        return {
            "all": listed["all"].ranking(places, lost),
            "again": listed["again"].ranking(margin_again, lost),
            "new": listed["new"].ranking(margin_new, lost_new),
        }

    def _of_both(self, margin: np.ndarray, pairs: np.ndarray, bought: np.ndarray) -> np.ndarray:
        """`margin` of `for_you`, (n,), with the mean of both trees' where the product was bought before."""
        if self.buy_it_again is None:
            return margin
        both = margin.copy()
        both[bought] = (margin[bought] + self.buy_it_again.score(pairs[bought])) / 2
        return both

    def _lost(
        self, described: Described, reranker: Reranker, margin: np.ndarray, listed: list[_Listed]
    ) -> dict[str, np.ndarray]:
        """Cause → (n,) float32, by how much the margin of each pair listed would be lower without it."""
        pairs = described.pairs
        asked = np.zeros(len(pairs), dtype=bool)
        for view in listed:
            asked[view.position] = True
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
        if self.buy_it_again:
            self.buy_it_again.save(folder / "buy_it_again")


@dataclass(frozen=True, eq=False)
class _Listed:
    """The pairs on the lists of one view: where each is among the candidates, whose it is, and its rank.

    Attributes:
        position, row, rank: (listed,).
        item: (listed,) int32.
        shape: customers, products a customer at most.
    """

    position: np.ndarray
    row: np.ndarray
    rank: np.ndarray
    item: np.ndarray
    shape: tuple[int, int]

    @classmethod
    def best(cls, candidates: Candidates, margin: np.ndarray, is_listed: np.ndarray, k: int) -> _Listed:
        """The k best of each customer's pairs that a view lists: (n,) bool."""
        position = np.flatnonzero(is_listed)
        row = candidates.row[position]
        best_first = np.lexsort((candidates.item[position], -margin[position], row))
        position, row = position[best_first], row[best_first]
        starts = np.searchsorted(row, np.arange(len(candidates.users)))
        rank = np.arange(len(row)) - starts[row]
        position, row, rank = position[rank < k], row[rank < k], rank[rank < k]
        return cls(position, row, rank, candidates.item[position], (len(candidates.users), k))

    def ranking(self, margin: np.ndarray, lost: dict[str, np.ndarray]) -> Ranking:
        """The lists, with what each cause contributes: of all candidates, (n,)."""

        def laid_out(values: np.ndarray, padding: float) -> np.ndarray:
            table = np.full(self.shape, padding, dtype=values.dtype)
            table[self.row, self.rank] = values
            return table

        return Ranking(
            laid_out(self.item, -1),
            laid_out(1 / (1 + np.exp(-margin[self.position])), 0),
            {cause: laid_out(values[self.position], 0) for cause, values in lost.items()},
        )


def in_places_of(places: np.ndarray, margin: np.ndarray, row: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """`places` with those of the moved pairs dealt anew among them: the best by `margin` gets the best.

    Args:
        places: (n,) float32.
        margin: (n,) float32; only the moved ones are compared, with those of the same row.
        row: (n,) whose pair each is.
        moved: (n,) bool.
    """
    position = np.flatnonzero(moved)
    by_place = position[np.lexsort((-places[position], row[position]))]
    by_margin = position[np.lexsort((-margin[position], row[position]))]
    dealt = places.copy()
    dealt[by_margin] = places[by_place]
    return dealt


def learn(stage: FirstStage, steps: list[LearningStep], config: ModelConfig) -> TwoStageBlend | None:
    """Learn to order the candidates of `stage` from steps of the past.

    None where they hold too few customers to learn from (`models.rerank_min_customers`).
    """
    bought, new = ([~step.is_new for step in steps], [step.is_new for step in steps])
    everything = [np.ones_like(of_step) for of_step in new]
    # Whoever has a new goal and another new candidate has both among all products, too.
    if not _is_enough(steps, new, config):
        return None
    return TwoStageBlend(
        stage,
        for_you=_taught(steps, everything, config),
        buy_it_again=_taught(steps, bought, config) if _is_enough(steps, bought, config) else None,
        discover=_taught(steps, new, config),
        typical=typical_values(steps[0].features, steps[0].pairs),
    )


def _is_enough(steps: list[LearningStep], asked: list[np.ndarray], config: ModelConfig) -> bool:
    teachers = sum(step.teachers(of_step) for step, of_step in zip(steps, asked, strict=True))
    return teachers >= config.rerank_min_customers


def _taught(steps: list[LearningStep], asked: list[np.ndarray], config: ModelConfig) -> Reranker:
    """Trees that learnt from the pairs asked about: (n,) bool of each step."""
    parameters = RerankerParameters(
        rounds=config.rerank_rounds,
        learning_rate=config.rerank_learning_rate,
        leaves=config.rerank_leaves,
        min_in_leaf=config.rerank_min_in_leaf,
        l2=config.rerank_l2,
        seed=config.seed,
    )
    return Reranker(steps[0].features, parameters).fit(
        step.lesson(of_step) for step, of_step in zip(steps, asked, strict=True)
    )
