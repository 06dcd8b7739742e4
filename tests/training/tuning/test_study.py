"""Trials: proposed, cut short, stopped and gone on from. What they are worth is made up here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from training.errors import UsageError
from training.model_config import ModelConfig
from training.tuning.budget import Budget
from training.tuning.objective import Objective
from training.tuning.search_space import SEARCHES
from training.tuning.study import best_trial, open_study, run_trials

SEARCH, BASE = SEARCHES["weights"], ModelConfig()


class Rigged(Objective):
    """Three windows; a window's worth is what `worth` says of the number of trials begun before."""

    def __init__(self, worth: Callable[[int, ModelConfig], float]) -> None:
        super().__init__([], BASE, SEARCH)
        self.worth = worth
        self.judged: list[ModelConfig] = []

    def __len__(self) -> int:
        return 3

    def ratio(self, number: int, config: ModelConfig) -> float:
        before = len(dict.fromkeys(self.judged))
        if config not in self.judged:
            before += 1
        self.judged.append(config)
        return self.worth(before - 1, config)


def by_als(_: int, config: ModelConfig) -> float:
    return 1 + config.weight_als


def study_in(folder: Path, name: str = "search") -> optuna.Study:
    return open_study(folder / "trials.db", name)


def tried(study: optuna.Study) -> list[dict[str, float]]:
    return [trial.params for trial in study.trials]


def states(study: optuna.Study) -> list[TrialState]:
    return [trial.state for trial in study.trials]


def test_the_first_trial_is_the_settings_in_force(tmp_path: Path):
    study = study_in(tmp_path)
    run_trials(study, Rigged(by_als), SEARCH, BASE, Budget(2))
    assert tried(study)[0] == {one.option: getattr(BASE, one.option) for one in SEARCH.options}
    assert tried(study)[1] != tried(study)[0]


def test_two_calls_of_three_try_the_same_settings_as_one_of_six(tmp_path: Path):
    for _ in range(2):
        run_trials(study_in(tmp_path, "twice"), Rigged(by_als), SEARCH, BASE, Budget(3))
    run_trials(study_in(tmp_path, "once"), Rigged(by_als), SEARCH, BASE, Budget(6))
    in_two, in_one = tried(study_in(tmp_path, "twice")), tried(study_in(tmp_path, "once"))
    assert in_two == in_one
    assert len(in_two) == 6
    assert len({trial["weight_als"] for trial in in_two}) == 6


def test_another_seed_tries_other_settings(tmp_path: Path):
    for seed in range(2):
        run_trials(study_in(tmp_path, str(seed)), Rigged(by_als), SEARCH, BASE, Budget(2, seed=seed))
    assert tried(study_in(tmp_path, "0"))[1] != tried(study_in(tmp_path, "1"))[1]


def test_the_best_is_the_finished_trial_that_is_worth_most(tmp_path: Path):
    study = study_in(tmp_path)
    assert best_trial(study) is None
    run_trials(study, Rigged(by_als), SEARCH, BASE, Budget(4))
    assert best_trial(study).params["weight_als"] == max(trial["weight_als"] for trial in tried(study))


def test_a_trial_that_falls_behind_is_cut_short_after_its_first_window(tmp_path: Path):
    objective = Rigged(lambda number, _: 1.0 if number < 6 else 0.5)
    study = study_in(tmp_path)
    run_trials(study, objective, SEARCH, BASE, Budget(7))
    assert states(study) == [TrialState.COMPLETE] * 6 + [TrialState.PRUNED]
    assert len(objective.judged) == 6 * 3 + 1


def test_no_trial_begins_after_the_time_is_up(tmp_path: Path):
    seconds = iter(range(0, 1000, 10))
    study = study_in(tmp_path)
    budget = Budget(100, seconds=25, clock=lambda: float(next(seconds)))
    run_trials(study, Rigged(by_als), SEARCH, BASE, budget)
    assert states(study) == [TrialState.COMPLETE] * 2


def test_ctrl_c_keeps_what_is_done_and_the_next_call_goes_on(tmp_path: Path):
    def interrupted(number: int, config: ModelConfig) -> float:
        if number == 2:
            raise KeyboardInterrupt
        return by_als(number, config)

    study = study_in(tmp_path)
    run_trials(study, Rigged(interrupted), SEARCH, BASE, Budget(5))
    assert states(study) == [TrialState.COMPLETE] * 2 + [TrialState.FAIL]
    run_trials(study_in(tmp_path), Rigged(by_als), SEARCH, BASE, Budget(1))
    assert states(study)[3:] == [TrialState.COMPLETE]


def test_settings_that_cannot_be_fitted_end_their_trial_alone(tmp_path: Path):
    def unfittable(number: int, config: ModelConfig) -> float:
        if number == 1:
            raise UsageError("no numbers")
        return by_als(number, config)

    study = study_in(tmp_path)
    run_trials(study, Rigged(unfittable), SEARCH, BASE, Budget(3))
    assert states(study) == [TrialState.COMPLETE, TrialState.FAIL, TrialState.COMPLETE]


def test_a_folder_may_be_called_anything(tmp_path: Path):
    folder = tmp_path / "shop {1} 100% #?"
    folder.mkdir()
    run_trials(study_in(folder), Rigged(by_als), SEARCH, BASE, Budget(1))
    assert [path.name for path in folder.iterdir()] == ["trials.db"]
    assert states(study_in(folder)) == [TrialState.COMPLETE]


def test_a_file_of_something_else_is_refused(tmp_path: Path):
    (tmp_path / "trials.db").write_text("order_id,customer_id\n" * 100)
    with pytest.raises(UsageError, match=r"--storage: .*trials\.db"):
        study_in(tmp_path)
