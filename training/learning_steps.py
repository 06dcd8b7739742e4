"""What the second stage learns from: moments of the past, with what was bought right after each.

A step stands at a cut in time. Everything that describes its pairs comes from strictly before the cut, the
models that score them included; the goals are the products bought in the window after it::

    orders   ────────────────────────────────────────────────────────►  now
    step 1                                   <-- before --|-- window --|
    step 2                            <-- before --|-- window --|
    step 3                     <-- before --|-- window --|

So the trees see what they will be asked to do: to order candidates for the window after now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from models.reranker import Lesson
from training.batches import map_batches
from training.first_stage import FirstStage, fit_first_stage
from training.interactions import SECONDS_PER_DAY, Interactions
from training.model_config import ModelConfig
from training.progress import Progress
from training.splits import TemporalSplit, temporal_split

ENOUGH_PAIRS = 1_200_000
"""Steps go back in time until there are about so many pairs to learn from."""

MAX_CUSTOMERS = 3_000
"""Of one step; of a larger shop, a sample."""


@dataclass(frozen=True, eq=False)
class LearningStep:
    """The candidates of one moment, customer by customer.

    Attributes:
        features: names of the columns of `pairs`.
        pairs: (n, features) float32.
        gains: (n,) float32, 1 where the customer bought the product in the window.
        is_new: (n,) bool, whether the product was new to the customer.
        groups: (customers,) candidates of each customer; they sum to n.
    """

    features: tuple[str, ...]
    pairs: np.ndarray
    gains: np.ndarray
    is_new: np.ndarray
    groups: np.ndarray

    def teachers(self, asked: np.ndarray) -> int:
        """How many customers something can be learnt from about the pairs asked about: (n,) bool."""
        return int(self._teaches(asked).sum())

    def lesson(self, asked: np.ndarray) -> Lesson:
        """The pairs asked about, (n,) bool, of the customers of whom something can be learnt about them."""
        teaches, row = self._teaches(asked), self._row
        kept = asked & teaches[row]
        groups = np.bincount(row[kept], minlength=len(self.groups))[teaches]
        return Lesson(self.pairs[kept], self.gains[kept], groups)

    def _teaches(self, asked: np.ndarray) -> np.ndarray:
        """(customers,) bool: who has both a goal and another candidate among the pairs asked about."""
        row = self._row[asked]
        goals = np.bincount(row, self.gains[asked], minlength=len(self.groups))
        return (goals > 0) & (goals < np.bincount(row, minlength=len(self.groups)))

    @property
    def _row(self) -> np.ndarray:
        return np.repeat(np.arange(len(self.groups)), self.groups)


@dataclass(frozen=True, eq=False)
class StepCache:
    """Steps made before, by their cut: a run judges with steps that it also learns from for publishing.

    None where nobody came back in the window. One cache serves one history under one configuration of models,
    from earlier moments to later ones: it keeps what the latest moment asked for.
    """

    steps: dict[int, LearningStep | None] = field(default_factory=dict)


def learning_steps(
    history: Interactions,
    config: ModelConfig,
    cache: StepCache,
    progress: Progress | None = None,
) -> list[LearningStep]:
    """The steps before `history.now`, the latest first, as many as have enough to learn from."""
    steps: list[LearningStep] = []
    asked_for = set()
    window = int(config.rerank_window_days * SECONDS_PER_DAY)
    pairs = 0
    for number, cut in enumerate(_cuts(history, window, config.rerank_steps)):
        if pairs >= ENOUGH_PAIRS:
            break
        asked_for.add(cut)
        if cut not in cache.steps:
            if progress:
                progress(f"step {number + 1} to learn from")
            cache.steps[cut] = _step(history, cut, window, config)
        step = cache.steps[cut]
        if step is not None:
            steps.append(step)
            pairs += len(step.gains)
    # Each takes hundreds of megabytes, and learning is where a run needs most.
    for cut in cache.steps.keys() - asked_for:
        del cache.steps[cut]
    return steps


def _cuts(history: Interactions, window: int, most: int) -> Iterator[int]:
    """Seconds since 1970 UTC, half a window apart; each has at least a window of history before it."""
    if not len(history):
        return
    for number in range(most):
        cut = history.now - window - number * window // 2
        if cut - int(history.ordered_at[0]) < window:
            return
        yield cut


def _step(history: Interactions, cut: int, window: int, config: ModelConfig) -> LearningStep | None:
    split = temporal_split(history.before(cut + window), cut)
    if not len(split.users):
        return None
    stage = fit_first_stage(split.train, config)
    chosen = _sample(len(split.users), cut)
    parts = list(map_batches(lambda batch: _pairs(stage, split, chosen[batch]), stage.batches(len(chosen))))
    return LearningStep(
        parts[0].features,
        *(np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS),
    )


_COLUMNS = ("pairs", "gains", "is_new", "groups")


def _pairs(stage: FirstStage, split: TemporalSplit, judged: np.ndarray) -> LearningStep:
    """The candidates of some judged customers, by position in the split."""
    described = stage.describe(split.users[judged])
    candidates = described.candidates
    goals = split.goals[judged].toarray()
    return LearningStep(
        features=described.names,
        pairs=described.pairs,
        gains=goals[candidates.row, candidates.item].astype(np.float32),
        is_new=described.is_new,
        groups=candidates.groups,
    )


def _sample(customers: int, seed: int) -> np.ndarray:
    """Positions, rising; all of them where there are no more than `MAX_CUSTOMERS`."""
    if customers <= MAX_CUSTOMERS:
        return np.arange(customers)
    return np.sort(np.random.default_rng(seed).choice(customers, MAX_CUSTOMERS, replace=False))
