"""What is a rule, and how each fault is named."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import pytest
from hypothesis import given

from service.api.rule_requests import RulesSchema
from service.api.rule_schemas import ALLOWED, NEEDED, faults_of
from service.rules.document import TYPES, rule_of
from service.rules.rule import CapGroups, Exclude, Scope, Selection, category_path
from tests.service.rules.shelf import BRANDS, CATEGORIES, IDS, TAGS
from tests.service.rules.strategies import Vocabulary, rule_lists

SOCK = {"product_ids": ["sock"]}


def loaded(**rule: Any) -> dict[str, Any]:
    return RulesSchema().load({"edition": 0, "rules": [{"id": "r", **rule}]})["rules"][0]


def faults(**rule: Any) -> dict[str, str]:
    with pytest.raises(ma.ValidationError) as caught:
        loaded(**rule)
    return {one["name"]: one["detail"] for one in faults_of(caught.value.normalized_messages())}


def test_every_type_has_its_members():
    assert set(NEEDED) == set(ALLOWED) == set(TYPES)


@given(documents=rule_lists(Vocabulary(IDS, CATEGORIES, BRANDS, TAGS)))
def test_random_rules_are_valid_and_mean_the_same_once_checked(documents: list[dict[str, Any]]):
    checked = RulesSchema().load({"edition": 3, "rules": documents})["rules"]
    assert list(map(rule_of, checked)) == list(map(rule_of, documents))


def test_a_checked_rule_has_no_empty_members():
    assert loaded(
        type="exclude",
        name=None,
        products={**SOCK, "brands": [], "price_min": None},
        placements=[],
        until=None,
    ) == {"id": "r", "type": "exclude", "products": SOCK}


def test_a_whole_rule_is_read():
    document = loaded(
        type="cap", most=2, per="category", depth=2, products={"categories": ["Drinks>Tea"]}, name="Teas",
        placements=["for_you"], segments=["anonymous"], context_category="Bakery>", enabled=False,
        zone="Europe/Berlin", **{"from": "2026-11-27T00:00", "until": "2026-11-28T00:00"},
    )  # fmt: skip
    rule = rule_of(document)
    assert rule.effect == CapGroups(Selection(categories=("Drinks > Tea",)), 2, "category", 2)
    assert rule.scope == Scope(
        ("for_you",), ("anonymous",), category_path("Bakery"), 1795734000.0, 1795820400.0
    )
    assert not rule.enabled
    assert isinstance(rule_of(loaded(type="exclude", products=SOCK)).effect, Exclude)


@pytest.mark.parametrize(
    "rule, member",
    [
        ({"type": "hide"}, "type"),
        ({"type": "exclude"}, "products"),
        ({"type": "exclude", "products": {}}, "products"),
        ({"type": "exclude", "products": {"brands": []}}, "products"),
        ({"type": "exclude", "products": {"colour": "red"}}, "products.colour"),
        ({"type": "exclude", "products": {"product_ids": ["a", ""]}}, "products.product_ids[1]"),
        ({"type": "exclude", "products": {"product_ids": "a"}}, "products.product_ids"),
        ({"type": "exclude", "products": {"categories": [" > "]}}, "products.categories[0]"),
        ({"type": "exclude", "products": {"price_min": 5, "price_max": 4}}, "products.price_min"),
        ({"type": "exclude", "products": SOCK, "factor": 2}, "factor"),
        ({"type": "boost", "products": SOCK}, "factor"),
        ({"type": "boost", "products": SOCK, "factor": 1}, "factor"),
        ({"type": "boost", "products": SOCK, "factor": True}, "factor"),
        ({"type": "boost", "products": SOCK, "factor": "2"}, "factor"),
        ({"type": "boost", "products": SOCK, "factor": 101}, "factor"),
        ({"type": "bury", "products": SOCK, "factor": 1}, "factor"),
        ({"type": "bury", "products": SOCK, "factor": 0}, "factor"),
        ({"type": "pin", "product_id": "sock", "slot": 0}, "slot"),
        ({"type": "pin", "product_id": "sock", "slot": 101}, "slot"),
        ({"type": "pin", "product_id": "sock", "slot": 1.0}, "slot"),
        ({"type": "pin", "slot": 1}, "product_id"),
        ({"type": "cap", "most": 1}, "per"),
        ({"type": "cap", "most": 1, "per": "colour"}, "per"),
        ({"type": "cap", "most": 1, "per": "brand", "depth": 2}, "depth"),
        ({"type": "price_band"}, "price_min"),
        ({"type": "price_band", "price_min": 2, "price_max": 1}, "price_min"),
        ({"type": "price_floor", "ratio": 0}, "ratio"),
        ({"type": "in_stock", "segments": ["everybody"]}, "segments[0]"),
        ({"type": "in_stock", "enabled": "yes"}, "enabled"),
        ({"type": "in_stock", "from": "tomorrow"}, "from"),
        ({"type": "in_stock", "from": "2026-11-27T00:00"}, "from"),
        ({"type": "in_stock", "from": "0001-01-01T00:00+14:00"}, "from"),
        ({"type": "in_stock", "from": "2026-11-27T00:00", "zone": "Mars/Olympus"}, "zone"),
        ({"type": "in_stock", "from": "2026-11-27T00:00Z", "until": "2026-11-27T00:00Z"}, "until"),
        ({"type": "in_stock", "colour": "red"}, "colour"),
    ],
)
def test_faults_are_named_by_their_place(rule: dict[str, Any], member: str):
    assert list(faults(**rule)) == [f"rules[0].{member}"]


@pytest.mark.parametrize("rule_id", ["", "a b", "ä", "a" * 65, "a\n", 7, None])
def test_an_id_fits_into_an_address(rule_id: Any):
    assert list(faults(id=rule_id, type="in_stock")) == ["rules[0].id"]


def test_a_rule_that_is_no_object():
    with pytest.raises(ma.ValidationError) as caught:
        RulesSchema().load({"edition": 0, "rules": ["all"]})
    assert [one["name"] for one in faults_of(caught.value.normalized_messages())] == ["rules[0]"]
