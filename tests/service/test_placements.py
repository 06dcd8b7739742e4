from __future__ import annotations

from pathlib import Path

import pytest

from service.placements import Placement, load_placements
from service.settings import SettingsError


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "recs.toml"


def test_the_built_in_placements():
    placements = load_placements(None)
    assert list(placements) == [
        "for_you",
        "discover",
        "buy_it_again",
        "similar_items",
        "bought_together",
        "trending",
        "new_arrivals",
        "recently_viewed",
    ]
    needs = {name: placement.needs for name, placement in placements.items() if placement.needs}
    assert needs == {
        "for_you": "visitor",
        "discover": "visitor",
        "buy_it_again": "visitor",
        "similar_items": "context",
        "bought_together": "context",
        "recently_viewed": "visitor",
    }
    assert [name for name, placement in placements.items() if placement.new_only] == ["discover"]


def test_a_new_placement_is_a_table(config: Path):
    config.write_text('[placements.checkout]\nsources = ["bought_together"]\nfallbacks = ["trending"]\n')
    assert load_placements(config)["checkout"] == Placement(
        "checkout", ("bought_together",), ("trending",), new_only=False, needs="context"
    )


def test_a_table_changes_only_what_it_names(config: Path):
    config.write_text('[placements.discover]\nfallbacks = ["new_arrivals", "popular"]\n')
    assert load_placements(config)["discover"] == Placement(
        "discover", ("discover",), ("new_arrivals", "popular"), new_only=True, needs="visitor"
    )


def test_a_configuration_without_placements_changes_nothing(config: Path):
    config.write_text("[training]\nprofile = 'quick'\n")
    assert load_placements(config) == load_placements(None)


@pytest.mark.parametrize(
    "text, fault",
    [
        ("placements = 3", "placements: must be a table"),
        ("[placements]\nfor_you = 3", "placements.for_you: must be a table"),
        (
            "[placements.for_you]\nsource = []",
            "placements.for_you.source: no such option; there are fallbacks, needs, new_only, sources",
        ),
        (
            "[placements.for_you]\nsources = ['best']",
            "placements.for_you.sources: no such list: best; there are for_you, discover, buy_it_again, "
            "similar_items, bought_together, trending, new_arrivals, popular",
        ),
        (
            "[placements.for_you]\nfallbacks = 'popular'",
            "placements.for_you.fallbacks: must be a list of names of lists",
        ),
        ("[placements.for_you]\nnew_only = 1", "placements.for_you.new_only: must be true or false"),
        ("[placements.for_you]\nneeds = 'luck'", 'placements.for_you.needs: must be "visitor" or "context"'),
        ("[placements.empty]", "placements.empty: needs sources or fallbacks"),
        (
            "[placements.'Für dich']\nsources = ['popular']",
            "placements.Für dich: a name is small letters, digits and _, at most 64",
        ),
    ],
)
def test_a_bad_table_is_refused_with_its_reason(config: Path, text: str, fault: str):
    config.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load_placements(config)
    assert str(refused.value) == f"The placements in {config} are wrong:\n  {fault}"
