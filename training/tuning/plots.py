"""The pictures of the page: how the search went, which options matter, and where their best values lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import optuna
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState

from training.html_report.plot import FIRST, INK, SECOND, THIRD, Plot, drawn, keep_fonts_in, legend_above

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ENOUGH_TRIALS = 10
"""Finished ones from which on it is told which options matter: fewer agree by chance."""

SLICES = 6
"""Options that get a picture of their own, those that matter most."""


def draw_all(trials: Sequence[FrozenTrial], cache: Path) -> Iterator[Plot]:
    """History, importances, one slice an option; none without a finished trial.

    Args:
        trials: of one study.
        cache: where matplotlib keeps its list of fonts.
    """
    keep_fonts_in(cache)
    finished = [trial for trial in trials if trial.state is TrialState.COMPLETE]
    if not finished:
        return
    yield history(trials)
    weights = importances(finished)
    if weights:
        yield importance_bars(weights)
    for option in list(weights or finished[0].params)[:SLICES]:
        yield option_slice(option, trials)


def importances(finished: Sequence[FrozenTrial]) -> dict[str, float]:
    """Share of what the best trials have in common, by option, greatest first; empty where too few tell.

    PED-ANOVA (Watanabe et al. 2023): how far the best tenth's values lie from all trials' values.
    """
    if len(finished) < ENOUGH_TRIALS or len({trial.value for trial in finished}) == 1:
        return {}
    study = optuna.create_study(direction="maximize")
    study.add_trials(finished)
    return optuna.importance.get_param_importances(
        study, evaluator=optuna.importance.PedAnovaImportanceEvaluator()
    )


def history(trials: Sequence[FrozenTrial]) -> Plot:
    """What each trial is worth, and the best so far."""
    numbers, values, cut_short = _worth(trials)
    best = np.maximum.accumulate(np.where(cut_short, -np.inf, values))
    alt = (
        f"{len(values):,} trials, {int(cut_short.sum()):,} of them cut short. 1 is as good as the "
        f"settings in force; the best is at {best[-1]:.4f}."
    )

    def draw(axes: Axes) -> None:
        axes.axhline(1, color=INK, linewidth=1, linestyle=":")
        axes.scatter(numbers[cut_short], values[cut_short], s=14, color=THIRD, label="cut short")
        axes.scatter(numbers[~cut_short], values[~cut_short], s=16, color=FIRST, label="finished")
        axes.step(numbers, best, where="post", color=SECOND, linewidth=1.5, label="best so far")
        axes.set_xlabel("trial")
        axes.set_ylabel("times the settings in force")
        legend_above(axes, 1.17)

    return drawn("How the search went", "history", alt, draw)


def importance_bars(weights: Mapping[str, float]) -> Plot:
    """Which options the best trials agree on."""
    shown = list(weights.items())[:10]
    first, share = shown[0]
    alt = f"{first} tells good trials from others best: {share:.0%} of what all options tell."

    def draw(axes: Axes) -> None:
        names = [name for name, _ in shown]
        axes.barh(names, [100 * share for _, share in shown], color=FIRST, height=0.6)
        axes.invert_yaxis()
        axes.grid(False)
        axes.set_xlabel("% of what all options tell")

    return drawn("Which options matter", "importances", alt, draw)


def option_slice(option: str, trials: Sequence[FrozenTrial]) -> Plot:
    """What trials are worth against their value of one option."""
    chosen = [trial for trial in trials if option in trial.params]
    _, worth, cut_short = _worth(chosen)
    values = np.array([trial.params[option] for trial in chosen if _value(trial) is not None])
    best = values[int(np.argmax(np.where(cut_short, -np.inf, worth)))]
    kind = chosen[0].distributions[option]
    alt = f"The best trial has {option} at {best:.3g}."

    def draw(axes: Axes) -> None:
        axes.axhline(1, color=INK, linewidth=1, linestyle=":")
        axes.scatter(values[cut_short], worth[cut_short], s=14, color=THIRD)
        axes.scatter(values[~cut_short], worth[~cut_short], s=16, color=FIRST)
        axes.axvline(best, color=SECOND, linewidth=1.5)
        if isinstance(kind, (FloatDistribution, IntDistribution)) and kind.log:
            _logarithmic(axes)
        axes.set_xlabel(option)
        axes.set_ylabel("times the settings in force")

    return drawn(option, f"slice-{option}", alt, draw)


def _logarithmic(axes: Axes) -> None:
    """1, 2, 5, 10, … in plain figures."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


def _worth(trials: Sequence[FrozenTrial]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Number, worth and whether it was cut short, (trials,) each, of those that have a worth."""
    told = [(trial, value) for trial in trials if (value := _value(trial)) is not None]
    return (
        np.array([trial.number for trial, _ in told]),
        np.array([value for _, value in told]),
        np.array([trial.state is TrialState.PRUNED for trial, _ in told]),
    )


def _value(trial: FrozenTrial) -> float | None:
    """What the trial is worth; of one cut short, what it was until then."""
    if trial.state is TrialState.COMPLETE:
        return trial.value
    if trial.state is TrialState.PRUNED and trial.intermediate_values:
        return trial.intermediate_values[max(trial.intermediate_values)]
    return None
