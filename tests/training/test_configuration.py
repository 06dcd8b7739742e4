from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from training.configuration import SECTIONS, TrainingConfig, load_configuration
from training.errors import UsageError


def test_without_anything_the_defaults_hold():
    assert load_configuration(None) == TrainingConfig()


def test_a_flag_beats_the_file_and_the_file_beats_the_default(tmp_path):
    file = tmp_path / "recs.toml"
    file.write_text(
        "[publish]\nlist_length = 40\nkeep_versions = 5\n[placements.home]\nsources = ['for_you']\n"
    )
    config = load_configuration(file, ["publish.list_length=20", "models.profile=quick"])
    assert config.publish.list_length == 20
    assert config.publish.keep_versions == 5
    assert config.publish.explain_customers == TrainingConfig().publish.explain_customers
    assert config.models.profile == "quick"


def test_whole_numbers_serve_where_a_number_is_asked_for():
    assert load_configuration(None, ["orders.max_quarantined=1"]).orders.max_quarantined == 1.0


@pytest.mark.parametrize(
    "override, message",
    [
        ("publish.list_length=0", "publish.list_length must be at least 1, not 0"),
        ("publish.list_length=1.5", "publish.list_length must be a int, not 1.5"),
        ("publish.list_length=true", "publish.list_length must be a int, not True"),
        ("publish.list_length=ten", "publish.list_length must be a int, not 'ten'"),
        ("orders.max_quarantined=nan", "orders.max_quarantined must be finite, not nan"),
        ("orders.max_quarantined=1.01", "orders.max_quarantined must be at most 1, not 1.01"),
        ("publish.demo=1", "publish.demo must be a bool, not 1"),
        ("publish.nothing=1", "publish.nothing is unknown; there are list_length, "),
        ("models.profile=slow", "models.profile must be one of quick, standard, not 'slow'"),
        ("list_length=3", "--set takes SECTION.NAME=VALUE"),
        ("publish.list_length", "--set takes SECTION.NAME=VALUE"),
        ("sorders.max=1", "--set takes SECTION.NAME=VALUE"),
    ],
)
def test_a_bad_value_is_named_with_what_it_must_be(override, message):
    with pytest.raises(UsageError) as refused:
        load_configuration(None, [override])
    assert message in str(refused.value)


def test_all_faults_of_a_file_are_told_at_once(tmp_path):
    file = tmp_path / "recs.toml"
    file.write_text("[publish]\nlist_length = -1\n[order]\nx = 1\n[evaluation]\nwindow_days = 0\n")
    with pytest.raises(UsageError) as refused:
        load_configuration(file)
    for part in ("publish.list_length", "[order] is no section", "evaluation.window_days"):
        assert part in str(refused.value)


def test_a_file_that_is_not_there_or_no_toml_is_named(tmp_path):
    with pytest.raises(UsageError, match="cannot read"):
        load_configuration(tmp_path / "absent.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("[publish\n")
    with pytest.raises(UsageError, match="is not TOML"):
        load_configuration(broken)


def test_the_digest_follows_the_models_and_nothing_else():
    base = TrainingConfig().models_digest()
    assert load_configuration(None, ["publish.list_length=20"]).models_digest() == base
    assert load_configuration(None, ["models.profile=quick"]).models_digest() != base


def test_every_option_stands_in_the_documentation_with_its_default():
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    for section, kind in SECTIONS.items():
        for option in fields(kind):
            is_float = isinstance(option.default, float)
            shown = f"{option.default:g}" if is_float else str(option.default).lower()
            assert f"| `{section}.{option.name}` | {shown} |" in page
