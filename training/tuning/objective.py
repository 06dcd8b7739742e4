"""What a trial is worth: how much better its settings rank than those in force, on windows of the past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from training.first_stage import FirstStage, fit_first_stage, fixed_blends
from training.fitting import PublishedBlend, fit_rankers
from training.fixed_blend import FixedBlend
from training.learning_steps import StepCache
from training.model_config import ModelConfig
from training.splits import TemporalSplit
from training.tuning.figures import figures, mean_ratio
from training.tuning.search_space import WEIGHTS, Search


class Objective:
    """Judges settings window by window, against the settings in force in the same window.

    Args:
        windows: splits to judge on, at least one.
        base: the settings in force.
        search: what is varied, and by which blend it is judged.
    """

    def __init__(self, windows: Sequence[TemporalSplit], base: ModelConfig, search: Search) -> None:
        self._windows = windows
        self._base = base
        self._search = search
        self._base_figures: dict[int, dict[str, np.ndarray]] = {}
        self._steps = [StepCache() for _ in windows]
        self._stages: dict[int, FirstStage] = {}

    def __len__(self) -> int:
        return len(self._windows)

    def ratio(self, number: int, config: ModelConfig) -> float:
        """How settings do in a window, relative to those in force, which have 1.

        Raises:
            UsageError: these settings cannot be fitted.
        """
        if config == self._base:
            return 1.0
        if number not in self._base_figures:
            self._base_figures[number] = self._figures(number, self._base)
        return mean_ratio(self._figures(number, config), self._base_figures[number])

    def _figures(self, number: int, config: ModelConfig) -> dict[str, np.ndarray]:
        return figures(self._fitted(number, config), self._windows[number])

    def _fitted(self, number: int, config: ModelConfig) -> PublishedBlend:
        train = self._windows[number].train
        if set(self._search.options) <= set(WEIGHTS):
            return self._reweighted(number, config)
        if self._search.model == "fixed_blend":
            return FixedBlend(fit_first_stage(train, config))
        # A search of the re-ranker varies its trees only: what they learn from stays as it is.
        return fit_rankers(train, config, steps=self._steps[number]).blend

    def _reweighted(self, number: int, config: ModelConfig) -> FixedBlend:
        """The fixed blend under other weights, of models that are fitted once."""
        train = self._windows[number].train
        if number not in self._stages:
            self._stages[number] = fit_first_stage(train, self._base)
        stage = self._stages[number]
        blend, discover = fixed_blends(stage.models, train, config)
        return FixedBlend(replace(stage, blend=blend, discover=discover))
