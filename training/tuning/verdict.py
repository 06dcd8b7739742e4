"""Whether the settings found are better: judged once, on the last days, which the search never saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from training.evaluation import paired_difference
from training.fitting import fit_rankers
from training.model_config import ModelConfig
from training.progress import Progress
from training.splits import TemporalSplit
from training.tuning.figures import figures, mean_ratio


@dataclass(frozen=True)
class Change:
    """What the settings found change in one view.

    Attributes:
        customers: judged.
        in_force, found: mean NDCG@10 of the settings in force and of those found.
        difference, low, high: found − in_force, with its paired 95% bootstrap interval.
    """

    customers: int
    in_force: float
    found: float
    difference: float
    low: float
    high: float

    @classmethod
    def between(cls, in_force: np.ndarray, found: np.ndarray) -> Change:
        """Of (customers,) NDCG@10 each, the same customers in the same order."""
        return cls(
            len(found), float(in_force.mean()), float(found.mean()), *paired_difference(found, in_force)
        )


@dataclass(frozen=True)
class Verdict:
    """What the last days say.

    Attributes:
        accepted: the settings found are taken: ahead on average over the views, significantly so in one of
            them, and in none significantly behind.
        changes: by view; only views in which anybody is judged.
    """

    accepted: bool
    changes: dict[str, Change]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def judged_on_last_days(
    split: TemporalSplit, base: ModelConfig, found: ModelConfig, progress: Progress
) -> Verdict:
    """Compare what a run would publish under the settings in force and those found.

    Both are fitted before the split's cut.

    Args:
        split: of the last days; its window was no part of the search.
        progress: told each step as it begins.
    """
    before, after = (
        figures(fit_rankers(split.train, config, progress).blend, split) for config in (base, found)
    )
    return verdict_on(before, after)


def verdict_on(before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]) -> Verdict:
    """Compare the figures of two blends: view → (customers,) NDCG@10, customers in one order."""
    changes = {view: Change.between(before[view], after[view]) for view in before}
    accepted = (
        mean_ratio(after, before) > 1
        and any(change.low > 0 for change in changes.values())
        and all(change.high >= 0 for change in changes.values())
    )
    return Verdict(accepted, changes)
