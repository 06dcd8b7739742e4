"""The configuration file that a search writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.configuration import load_configuration
from training.errors import UsageError
from training.model_config import ModelConfig
from training.tuning.tuned_file import text_in_force, tuned_text, write_tuned

IN_FORCE = """# Our shop.
[orders]
max_quarantined = 0.02  # the old till

[models]
profile = "quick"
neighbours = 50
"""


def test_what_is_not_tuned_stays_as_it_is_comments_too():
    text = tuned_text(IN_FORCE, ModelConfig(profile="quick", neighbours=80, weight_als=0.4), ["found"])
    assert text == (
        "# tune: found\n" + IN_FORCE.replace("neighbours = 50", "neighbours = 80") + "weight_als = 0.4\n"
    )


def test_remarks_of_an_earlier_search_are_replaced():
    once = tuned_text(IN_FORCE, ModelConfig(), ["first", "of two lines"])
    again = tuned_text(once, ModelConfig(), ["second"])
    assert again.startswith("# tune: second\n# Our shop.")
    assert "first" not in again


def test_values_that_are_the_defaults_are_written_only_where_the_file_named_them():
    assert "neighbours = 100" in tuned_text(IN_FORCE, ModelConfig(), [])
    assert "neighbours" not in tuned_text("", ModelConfig(), [])


def test_it_is_read_back_as_it_was_meant(tmp_path: Path):
    settings = ModelConfig(als_factors=32, popularity_half_life_days=3.81, weight_related=0.0)
    write_tuned(tmp_path / "new" / "tuned.toml", tuned_text(IN_FORCE, settings, ["a [remark] = 1"]))
    config = load_configuration(tmp_path / "new" / "tuned.toml")
    assert config.models == settings
    assert config.orders.max_quarantined == 0.02
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["tuned.toml"]


def test_without_a_file_in_force_there_is_nothing_to_keep():
    assert text_in_force(None) == ""


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(UsageError, match=r"--out: .*taken"):
        write_tuned(tmp_path / "taken" / "tuned.toml", "")
