"""What a search came to: for the terminal, the configuration file, the page and `--json`."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, fields
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from training.model_config import ModelConfig
from training.tuning.figures import METRIC
from training.tuning.search_space import Search
from training.tuning.verdict import Verdict


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a search came to.

    Attributes:
        study: its name in the file of trials.
        trials: all of the study's, those of earlier calls included.
        cuts: of the windows that trials were judged on, latest first; seconds since 1970 UTC.
        search: what was varied.
        base: the settings in force.
        best: what the best trial is worth: 1 is as good as `base`; None where no trial was finished.
        found: the best trial's settings; `base` where none was better.
        verdict: of the last days on `found`; None where there is nothing to judge.
        sizes: of the shop, by name.
    """

    study: str
    trials: list[FrozenTrial]
    cuts: list[int]
    search: Search
    base: ModelConfig
    best: float | None
    found: ModelConfig
    verdict: Verdict | None
    sizes: dict[str, int]

    @property
    def improved(self) -> bool:
        return self.verdict is not None and self.verdict.accepted

    @property
    def settings(self) -> ModelConfig:
        """What to train with: those found if the last days accept them, else those in force."""
        return self.found if self.improved else self.base

    @property
    def changed(self) -> dict[str, tuple[Any, Any]]:
        """Options that `found` sets otherwise: name → (value in force, value found)."""
        pairs = {
            field.name: (getattr(self.base, field.name), getattr(self.found, field.name))
            for field in fields(ModelConfig)
        }
        return {name: (old, new) for name, (old, new) in pairs.items() if old != new}

    @property
    def states(self) -> dict[str, int]:
        """Trials by how they ended."""
        count = Counter(trial.state for trial in self.trials)
        return {
            "finished": count[TrialState.COMPLETE],
            "pruned": count[TrialState.PRUNED],
            "failed": count[TrialState.FAIL],
        }

    @property
    def remarks(self) -> list[str]:
        """What the configuration file says about itself."""
        states, sizes = self.states, self.sizes
        lines = [
            f"{sizes['orders']:,} orders, {sizes['customers']:,} customers, {sizes['products']:,} products",
            f"{states['finished']} settings tried, {states['pruned']} more cut short, on {len(self.cuts)} "
            f"windows before the last days; judged by {METRIC} of {self.search.model}",
        ]
        lines += self.sentences
        return lines

    @property
    def sentences(self) -> list[str]:
        """The outcome in words, with its figures."""
        if self.best is None:
            return ["no trial was finished: these are the settings in force"]
        if self.verdict is None:
            return ["nothing better was found: these are the settings in force"]
        lines = [f"the best settings are at {self.best:.4f} of those in force where they were chosen"]
        lines += [
            f"last days, view {view}, {change.customers:,} customers: {METRIC} {change.in_force:.4f} → "
            f"{change.found:.4f}, {change.difference:+.4f} (95% interval {change.low:+.4f} to "
            f"{change.high:+.4f})"
            for view, change in self.verdict.changes.items()
        ]
        lines.append(
            "taken: significantly better on the last days, which the search never saw"
            if self.improved
            else "not taken: the last days do not show them to be better; these are the settings in force"
        )
        return lines

    def as_json(self) -> dict[str, Any]:
        return {
            "study": self.study,
            "trials": self.states,
            "cuts": self.cuts,
            "best": self.best,
            "found": {name: new for name, (_, new) in self.changed.items()},
            "last_days": self.verdict.as_json() if self.verdict else None,
            "improved": self.improved,
            "models": asdict(self.settings),
        }
