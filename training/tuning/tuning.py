"""One search: read the orders, try settings on earlier windows, judge the best ones on the last days."""

from __future__ import annotations

from pathlib import Path

import optuna

from training.errors import InputRefused
from training.interactions import Interactions
from training.model_config import ModelConfig
from training.preparation import prepare
from training.run_id import new_run_id
from training.run_options import Inputs
from training.splits import TemporalSplit, temporal_split
from training.stages import Stages
from training.summary import RunSummary
from training.tuning.budget import Budget
from training.tuning.objective import Objective
from training.tuning.outcome import Outcome
from training.tuning.search_space import Search, settings
from training.tuning.study import best_trial, open_study, run_trials, study_name, worth
from training.tuning.verdict import Verdict, judged_on_last_days
from training.tuning.windows import earlier_windows


class Tuning:
    """A search as the command line describes it.

    Args:
        inputs: orders, configuration and settings.
        search: what is varied.
        windows: to judge trials on, at most.
        budget: when to stop.
        stages: told how far it is.
    """

    def __init__(self, inputs: Inputs, search: Search, windows: int, budget: Budget, stages: Stages) -> None:
        self._inputs = inputs
        self._search = search
        self._windows = windows
        self._budget = budget
        self._stages = stages

    def execute(self, storage: Path) -> Outcome:
        """Search, and judge what was found.

        Args:
            storage: file of trials; those of the same search on the same orders are gone on from.

        Raises:
            InputRefused: the orders cannot be used, or their history is too short to tune on.
            UsageError: the storage is no such file; the settings in force cannot be fitted.
        """
        base = self._inputs.config.models
        interactions = self._read()
        windows = self._tuned_on(interactions)
        name = study_name(windows, self._search, base)
        study = open_study(storage, name)
        self._search_in(study, windows, base)
        best = best_trial(study)
        found = settings(best.params, base) if best is not None and worth(best) > 1 else base
        verdict = self._judged(interactions, base, found)
        return Outcome(
            study=name,
            trials=study.trials,
            cuts=[split.cut for split in windows],
            search=self._search,
            base=base,
            best=None if best is None else worth(best),
            found=found,
            verdict=verdict,
            sizes={
                "orders": interactions.n_orders,
                "customers": len(interactions.customers),
                "products": len(interactions.products),
            },
        )

    def _read(self) -> Interactions:
        inputs = self._inputs
        run_folder = inputs.settings.data_dir / "runs" / new_run_id()
        prepared = prepare(inputs.sources, inputs.config.orders, run_folder, self._stages, RunSummary())
        return prepared.interactions

    def _tuned_on(self, interactions: Interactions) -> list[TemporalSplit]:
        days = self._inputs.config.evaluation.window_days
        windows = earlier_windows(interactions, days, self._windows)
        if not windows:
            raise InputRefused(
                f"too short a history to tune on: before the last {days} days there is no window in which a "
                "customer bought again; tune later, or with a smaller evaluation.window_days"
            )
        return windows

    def _search_in(self, study: optuna.Study, windows: list[TemporalSplit], base: ModelConfig) -> None:
        kept = len(study.get_trials(deepcopy=False))
        if kept:
            self._stages.say(f"going on from {kept} trials")
        with self._stages.stage("search", "Trying settings") as progress:
            objective = Objective(windows, base, self._search)
            run_trials(study, objective, self._search, base, self._budget, progress)

    def _judged(self, interactions: Interactions, base: ModelConfig, found: ModelConfig) -> Verdict | None:
        if found == base:
            return None
        days = self._inputs.config.evaluation.window_days
        with self._stages.stage("judge", "Judging on the last days") as progress:
            split = temporal_split(interactions, window_days=days)
            if not len(split.users):
                return None
            return judged_on_last_days(split, base, found, progress.step)
