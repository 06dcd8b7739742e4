"""The trials: proposed by a seeded sampler, cut short where they fall behind, kept in a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import optuna
from optuna.exceptions import StorageInternalError
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from training.errors import UsageError
from training.model_config import ModelConfig
from training.splits import TemporalSplit
from training.tuning.budget import Budget
from training.tuning.objective import Objective
from training.tuning.search_space import Search, current, suggested

STARTUP_TRIALS = 5
"""Finished trials from which on one that is below the median of the others is cut short."""


def open_study(file: Path, name: str) -> optuna.Study:
    """The study of this name in an SQLite file; both are made where they are not there.

    Raises:
        UsageError: the file cannot be opened, or is something else.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    # Optuna takes the address for a template with fields in braces.
    url = URL.create("sqlite", database=str(file)).render_as_string().replace("{", "{{").replace("}", "}}")
    try:
        storage = optuna.storages.RDBStorage(url)
        return optuna.create_study(
            storage=storage,
            study_name=name,
            direction="maximize",
            load_if_exists=True,
            pruner=optuna.pruners.MedianPruner(STARTUP_TRIALS),
        )
    except (SQLAlchemyError, StorageInternalError, RuntimeError) as error:
        raise UsageError(
            f"--storage: {file} is no file of trials that can be gone on from ({_first_line(error)}); "
            "name one that is not there yet"
        ) from error


def study_name(windows: list[TemporalSplit], search: Search, base: ModelConfig) -> str:
    """16 hex digits: the same where trials can be compared, so that only those are gone on from.

    They differ where the orders before the last days, the settings in force or the search differ.
    """
    digest = hashlib.sha256(json.dumps([asdict(search), asdict(base)], sort_keys=True).encode())
    for split in windows:
        digest.update(str([split.cut, split.train.now, len(split.users)]).encode())
        for column in (split.train.customer, split.train.product, split.train.order, split.train.ordered_at):
            digest.update(column.tobytes())
        digest.update(split.goals.indices.tobytes())
    return digest.hexdigest()[:16]


def run_trials(
    study: optuna.Study,
    objective: Objective,
    search: Search,
    base: ModelConfig,
    budget: Budget,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Add trials until the budget is used up or Ctrl-C is pressed; finished ones are kept either way.

    The first trial of a study is the settings in force.

    Args:
        progress: told (trials begun in this call, `budget.trials`).

    Raises:
        UsageError: the file of trials can no longer be written to.
    """
    deadline = None if budget.seconds is None else budget.clock() + budget.seconds
    for begun in range(budget.trials):
        if deadline is not None and budget.clock() >= deadline:
            return
        if progress:
            progress(begun, budget.trials)
        if not study.get_trials(deepcopy=False):
            study.enqueue_trial(current(search, base))
        # Seeded by its number, a trial is the same whether the search was interrupted before it or not.
        study.sampler = optuna.samplers.TPESampler(seed=_seed(budget.seed, _begun(study)))
        try:
            study.optimize(
                lambda trial: _value(trial, objective, search, base), n_trials=1, catch=(UsageError,)
            )
        except KeyboardInterrupt:
            return
        except StorageInternalError as error:
            raise UsageError(f"--storage: trials can no longer be kept: {_first_line(error)}") from error


def best_trial(study: optuna.Study) -> FrozenTrial | None:
    """The finished trial that is worth most, the first of equals; None where none is finished."""
    finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return max(finished, key=worth, default=None)


def worth(trial: FrozenTrial) -> float:
    """What a finished trial is worth: 1 is as good as the settings in force."""
    if trial.value is None:
        raise ValueError(f"trial {trial.number} is not finished")
    return trial.value


def _value(trial: optuna.Trial, objective: Objective, search: Search, base: ModelConfig) -> float:
    config = suggested(trial, search, base)
    ratios: list[float] = []
    for number in range(len(objective)):
        ratios.append(objective.ratio(number, config))
        trial.report(float(np.mean(ratios)), number)
        if number + 1 < len(objective) and trial.should_prune():
            raise optuna.TrialPruned
    return float(np.mean(ratios))


def _begun(study: optuna.Study) -> int:
    """Trials that are more than an entry in the queue."""
    return sum(trial.state is not TrialState.WAITING for trial in study.get_trials(deepcopy=False))


def _seed(seed: int, number: int) -> int:
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
