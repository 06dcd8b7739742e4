from __future__ import annotations

from pathlib import Path

import pytest

from service.placement_file import OPTIONS, load_placements
from service.placements import LISTS, Placement
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
        "discover",
        ("session", "discover"),
        ("new_arrivals", "popular"),
        new_only=True,
        needs="visitor",
        quotas={"session": 4},
    )


def test_every_option_of_a_table_is_taken(config: Path):
    config.write_text("""
[placements.basket]
sources = [{list = "bought_together", at_most = 3}, "trending"]
fallbacks = ["popular"]
context = ["page", "cart"]
new_only = true
needs = "visitor"
max_items = 8
max_per_category = 2
max_per_brand = 1
discount_shown = 0.9
""")
    assert load_placements(config)["basket"] == Placement(
        "basket",
        ("bought_together", "trending"),
        ("popular",),
        new_only=True,
        needs="visitor",
        quotas={"bought_together": 3},
        context=("page", "cart"),
        max_items=8,
        max_per_category=2,
        max_per_brand=1,
        discount_shown=0.9,
    )


def test_a_configuration_without_placements_changes_nothing(config: Path):
    config.write_text("[training]\nprofile = 'quick'\n")
    assert load_placements(config) == load_placements(None)


LISTS_SAID = ", ".join(LISTS)
OPTIONS_SAID = ", ".join(sorted(OPTIONS))


@pytest.mark.parametrize(
    "text, fault",
    [
        ("placements = 3", "line 1: placements: must be a table"),
        ("[placements]\nfor_you = 3", "line 2: placements.for_you: must be a table"),
        (
            "\n[placements.for_you]\nsource = []",
            f"line 3: placements.for_you.source: no such option; there are {OPTIONS_SAID}",
        ),
        (
            "[placements.for_you]\nsources = ['best']",
            f"line 2: placements.for_you.sources: no such list: best; there are {LISTS_SAID}",
        ),
        (
            "[placements.for_you]\nsources = [{list = 'popular', at_most = 0}]",
            "line 2: placements.for_you.sources: at_most: must be a whole number from 1 to 100",
        ),
        (
            "[placements.for_you]\nfallbacks = 'popular'",
            "line 2: placements.for_you.fallbacks: Not a valid list.",
        ),
        (
            "[placements.for_you]\nnew_only = 1",
            "line 2: placements.for_you.new_only: must be true or false",
        ),
        (
            "[placements.for_you]\n# here\nneeds = 'luck'",
            'line 3: placements.for_you.needs: must be "visitor" or "context"',
        ),
        (
            "[placements.for_you]\ndiscount_shown = 1.5",
            "line 2: placements.for_you.discount_shown: must be above 0 and at most 1",
        ),
        (
            "placements.for_you.context = ['shop']",
            'line 1: placements.for_you.context: must be "page" or "cart"',
        ),
        ("[placements.empty]", "line 1: placements.empty: needs sources or fallbacks"),
        (
            "[placements.'Für dich']\nsources = ['popular']",
            "line 1: placements.Für dich: a name is small letters, digits and _, at most 64",
        ),
    ],
)
def test_a_bad_table_is_refused_with_its_line_and_reason(config: Path, text: str, fault: str):
    config.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load_placements(config)
    assert str(refused.value) == f"The placements in {config} are wrong:\n  {fault}"


def test_all_faults_are_told_at_once(config: Path):
    config.write_text(
        "[placements.a]\nsources = ['best']\n[placements.b]\nneeds = 'luck'\nsources = ['popular']"
    )
    with pytest.raises(SettingsError) as refused:
        load_placements(config)
    assert [line.split(":")[0].strip() for line in str(refused.value).splitlines()[1:]] == [
        "line 2",
        "line 4",
    ]
