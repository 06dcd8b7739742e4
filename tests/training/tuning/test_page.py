"""The page of a search, from made-up trials."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest
from optuna.distributions import FloatDistribution
from optuna.trial import FrozenTrial, TrialState, create_trial

from training.model_config import ModelConfig
from training.tuning.outcome import Outcome
from training.tuning.page import render
from training.tuning.plots import ENOUGH_TRIALS, draw_all, importances
from training.tuning.search_space import SEARCHES
from training.tuning.verdict import Change, Verdict


def trial(number: int, value: float, half_life: float = 10, weight: float = 0.5) -> FrozenTrial:
    return create_trial(
        params={"popularity_half_life_days": half_life, "weight_als": weight},
        distributions={
            "popularity_half_life_days": FloatDistribution(2, 120, log=True),
            "weight_als": FloatDistribution(0, 1.5),
        },
        value=value,
        intermediate_values={0: value},
    )


def cut_short(value: float) -> FrozenTrial:
    return create_trial(
        state=TrialState.PRUNED, params={"weight_als": 1.0}, intermediate_values={0: value},
        distributions={"weight_als": FloatDistribution(0, 1.5)},
    )  # fmt: skip


def outcome(trials: Sequence[FrozenTrial], verdict: Verdict | None, found: ModelConfig) -> Outcome:
    sizes = {"orders": 1, "customers": 2, "products": 3}
    best = 1.02 if trials else None
    return Outcome("0", list(trials), [0], SEARCHES["components"], ModelConfig(), best, found, verdict, sizes)


def page(trials: Sequence[FrozenTrial], tmp_path: Path) -> str:
    change = Change(customers=12, in_force=0.25, found=0.5, difference=0.25, low=0.125, high=0.375)
    found = ModelConfig(weight_als=0.7)
    return render(outcome(trials, Verdict(True, {"new": change}), found), tmp_path)


def test_it_shows_what_the_last_days_said_and_what_was_found(tmp_path: Path):
    text = page([trial(0, 1.0), trial(1, 1.02, weight=0.7)], tmp_path)
    assert "Taken: significantly better on the last days" in text
    assert "<td>0.2500</td><td>0.5000</td>" in text
    assert "+0.2500 (+0.1250 to +0.3750)" in text
    assert '<th scope="row">models.weight_als</th><td>0.2</td><td>0.7</td>' in text


def test_without_a_trial_there_is_a_page_without_pictures(tmp_path: Path):
    text = render(outcome([], None, ModelConfig()), tmp_path)
    assert "No trial was finished" in text
    assert "<svg" not in text


def test_every_picture_is_well_formed_and_tells_in_words_what_it_shows(tmp_path: Path):
    plots = list(draw_all([trial(0, 1.0), cut_short(0.9), trial(2, 1.02, weight=0.7)], tmp_path))
    assert [plot.title for plot in plots] == [
        "How the search went",
        "popularity_half_life_days",
        "weight_als",
    ]
    for plot in plots:
        assert ElementTree.fromstring(plot.svg).get("aria-label") == plot.alt
    assert "3 trials, 1 of them cut short" in plots[0].alt
    assert "the best is at 1.0200" in plots[0].alt
    assert plots[2].alt == "The best trial has weight_als at 0.7."


def test_the_option_that_good_trials_agree_on_matters_most():
    # Worth grows with the half-life; the weight goes up and down regardless.
    trials = [trial(n, 1 + n / 100, half_life=2 + n, weight=(0.1, 1.4)[n % 2]) for n in range(40)]
    found = importances(trials)
    assert list(found) == ["popularity_half_life_days", "weight_als"]
    assert sum(found.values()) == pytest.approx(1)


def test_a_few_trials_and_trials_alike_tell_nothing_about_options():
    assert importances([trial(n, 1 + n / 100) for n in range(ENOUGH_TRIALS - 1)]) == {}
    assert importances([trial(n, 1.0) for n in range(ENOUGH_TRIALS)]) == {}
