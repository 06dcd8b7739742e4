"""Contradictions that must not be saved; and that what is free of them pins every product that it names."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.rules.book import RuleBook
from service.rules.conflicts import conflicts
from service.rules.document import moment
from service.rules.matching import Matcher
from service.rules.rule import SEGMENTS, Exclude, Include, Pin, Rule
from tests.service.rules.shelf import BRANDS, CATEGORIES, IDS, TAGS, rule, shelf
from tests.service.rules.strategies import Vocabulary, rules, times

SHELF = shelf()
WORDS = Vocabulary(IDS, CATEGORIES, BRANDS, TAGS)
NOW = moment("2026-11-23T12:00:00Z", None)


def faults(*of: Rule, at: float = NOW) -> list[tuple[int | None, str]]:
    found = conflicts(of, Matcher(SHELF), WORDS.placements, at)
    return [(finding.place, finding.member) for finding in found]


def pin(rule_id: str = "pin", product_id: str = "cake", slot: int = 1, **scope: Any) -> Rule:
    return rule("pin", rule_id, product_id=product_id, slot=slot, **scope)


def test_two_pins_for_one_slot():
    assert faults(pin("a"), pin("b", "sock")) == [(1, "slot")]


def test_one_product_pinned_to_two_slots():
    assert faults(pin("a", slot=1), pin("b", slot=2)) == [(1, "product_id")]


@pytest.mark.parametrize(
    "one, other",
    [
        ({"placements": ["for_you"]}, {"placements": ["similar_items"]}),
        ({"segments": ["anonymous"]}, {"segments": ["customer", "new_customer"]}),
        ({"context_category": "Drinks"}, {"context_category": "Bakery"}),
        ({"context_category": "Drinks > Tea"}, {"context_category": "Drinks > Coffee"}),
        ({"until": "2026-12-01T00:00:00Z"}, {"from": "2026-12-01T00:00:00Z"}),
        ({"enabled": False}, {}),
        ({"until": "2026-11-23T12:00:00Z"}, {}),
    ],
    ids=["placements", "segments", "categories", "branches", "times", "switched off", "expired"],
)
def test_pins_that_never_meet_are_no_contradiction(one: dict[str, Any], other: dict[str, Any]):
    assert faults(pin("a", "cake", **one), pin("b", "sock", **other)) == []


@pytest.mark.parametrize(
    "one, other",
    [
        ({"placements": ["for_you", "similar_items"]}, {"placements": ["similar_items"]}),
        ({"segments": ["anonymous"]}, {}),
        ({"context_category": "Drinks"}, {"context_category": "Drinks > Tea"}),
        ({"until": "2026-12-01T00:00:01Z"}, {"from": "2026-12-01T00:00:00Z"}),
    ],
    ids=["placements", "segments", "categories", "times"],
)
def test_pins_that_can_meet_are_one(one: dict[str, Any], other: dict[str, Any]):
    assert faults(pin("a", "cake", **one), pin("b", "sock", **other)) == [(1, "slot")]


@pytest.mark.parametrize(
    "kind, products, contradicts",
    [
        ("exclude", {"product_ids": ["cake"]}, True),
        ("exclude", {"categories": ["Bakery"]}, True),
        ("exclude", {"categories": ["Drinks"]}, False),
        ("include", {"categories": ["Drinks"]}, True),
        ("include", {"brands": ["Corn"]}, False),
        ("boost", {"brands": ["Acme"]}, False),
    ],
)
def test_a_pin_of_what_a_rule_hides(kind: str, products: dict[str, Any], contradicts: bool):
    hiding = rule(kind, "h", products=products, **({"factor": 2} if kind == "boost" else {}))
    assert faults(hiding, pin()) == ([(1, "product_id")] if contradicts else [])


def test_an_id_that_no_catalogue_knows_contradicts_by_name():
    unknown = pin(product_id="tomorrow")
    assert faults(rule("exclude", "e", products={"product_ids": ["tomorrow"]}), unknown) == [
        (1, "product_id")
    ]
    both = {"product_ids": ["tomorrow"], "brands": ["Acme"]}
    assert faults(rule("exclude", "e", products=both), unknown) == []


def test_ids_are_unique_and_placements_known():
    twice = [rule("in_stock", "a"), rule("in_stock", "a", placements=["nowhere"])]
    assert faults(*twice) == [(1, "id"), (1, "placements")]


def test_a_finding_names_the_other_rule_and_a_cure():
    (found,) = conflicts([pin("a"), pin("b", "sock")], Matcher(SHELF), WORDS.placements, NOW)
    assert "Rule a" in found.detail
    assert "switch it off" in found.detail


@given(
    rules=rules(WORDS),
    placement=st.sampled_from(WORDS.placements),
    segment=st.sampled_from(SEGMENTS),
    context=st.sampled_from(["", *IDS]),
    at=times(),
)
def test_rules_without_contradiction_give_every_pin_its_slot(
    rules: tuple[Rule, ...], placement: str, segment: str, context: str, at: float
):
    if conflicts(rules, Matcher(SHELF), WORDS.placements, at):
        return
    only = [one for one in rules if isinstance(one.effect, Pin | Include | Exclude)]
    plan = RuleBook(only).plan_for(SHELF, placement, segment, (context,) if context else (), at)
    holding = {
        (one.effect.slot, IDS.index(one.effect.product_id))
        for one in only
        if isinstance(one.effect, Pin)
        and one.enabled
        and one.scope.holds_at(at)
        and one.scope.covers(placement, segment, path_of(context))
    }
    assert set(plan.pins) == holding
    assert not any(plan.hidden[product] for _, product in plan.pins if plan.hidden)


def path_of(product_id: str) -> tuple[str, ...] | None:
    matcher = Matcher(SHELF)
    return matcher.path(matcher.category_code(product_id))
