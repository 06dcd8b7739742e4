"""What can be tuned lies within what can be configured."""

from __future__ import annotations

from dataclasses import fields

import optuna
import pytest

from training.configuration import parse_section
from training.model_config import ModelConfig
from training.tuning.search_space import SEARCHES, Searched, current, settings, suggested

BOUNDS = {field.name: field.metadata for field in fields(ModelConfig)}
SEARCHED = {one.option: one for search in SEARCHES.values() for one in search.options}


@pytest.mark.parametrize("one", SEARCHED.values(), ids=SEARCHED)
def test_every_range_lies_within_the_option_s_bounds_and_holds_its_default(one: Searched):
    faults: list[str] = []
    for value in (one.low, one.high):
        number = int(value) if isinstance(getattr(ModelConfig(), one.option), int) else float(value)
        parse_section(ModelConfig, "models", {one.option: number}, faults)
    assert faults == []
    assert one.low <= getattr(ModelConfig(), one.option) <= one.high


@pytest.mark.parametrize("name", SEARCHES)
def test_a_proposal_varies_the_options_of_the_search_alone_and_is_a_valid_configuration(name: str):
    search, base = SEARCHES[name], ModelConfig(als_iterations=3)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    config = suggested(study.ask(), search, base)
    varied = {f.name for f in fields(config) if getattr(config, f.name) != getattr(base, f.name)}
    assert varied == {one.option for one in search.options}
    faults: list[str] = []
    values = {option: getattr(config, option) for option in varied}
    assert parse_section(ModelConfig, "models", values, faults) == ModelConfig(**values)
    assert faults == []


def test_values_are_rounded_so_that_the_file_can_be_read():
    found = settings({"weight_als": 0.123456, "als_factors": 97}, ModelConfig())
    assert (found.weight_als, found.als_factors) == (0.123, 97)


def test_settings_in_force_outside_of_the_ranges_are_no_trial():
    search = SEARCHES["weights"]
    assert current(search, ModelConfig())["weight_als"] == ModelConfig().weight_als
    assert "weight_als" not in current(search, ModelConfig(weight_als=40))
