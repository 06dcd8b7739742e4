"""What each type of rule comes to, over a shelf of eight products."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from service.rules.compile import MAX_FACTOR, compile_plan
from service.rules.matching import Matcher
from service.rules.plan import Plan
from tests.service.rules.shelf import IDS, Shelf, named, rule, shelf


def plan_of(*rules: Any) -> Plan:
    return compile_plan(rules, Matcher(shelf()))


def factors_of(plan: Plan) -> dict[str, float]:
    assert plan.factors is not None
    return {IDS[index]: float(factor) for index, factor in enumerate(plan.factors) if factor != 1}


def hidden_by(kind: str, **members: Any) -> set[str]:
    return named(plan_of(rule(kind, **members)).hidden)


TEAS = {"categories": ["Drinks > Tea"]}


def test_only_what_is_included_may_be_listed():
    assert hidden_by("include", products={"categories": ["Drinks"]}) == {"bread", "cake", "sock", "lamp"}


def test_two_includes_leave_what_both_include():
    plan = plan_of(
        rule("include", products={"categories": ["Drinks"]}), rule("include", products={"brands": ["Acme"]})
    )
    assert set(IDS) - named(plan.hidden) == {"green", "black"}


@pytest.mark.parametrize(
    "products, excluded",
    [
        ({"product_ids": ["sock", "cake"]}, {"sock", "cake"}),
        ({"categories": ["Drinks"]}, {"green", "black", "beans", "juice"}),
        ({"categories": ["Drinks>Tea", "Home"]}, {"green", "black", "lamp"}),
        ({"brands": ["Acme", "Corn"]}, {"green", "black", "bread", "cake", "lamp"}),
        ({"tags": ["organic"]}, {"green", "beans", "bread"}),
        ({"tags": ["gift", "organic"]}, {"green", "beans", "bread", "cake"}),
        ({"price_min": 5}, {"beans", "bread", "cake"}),
        ({"price_max": 2}, {"green", "sock"}),
        ({"brands": ["Acme"], "categories": ["Drinks"]}, {"green", "black"}),
        ({"tags": ["organic"], "price_max": 5, "price_min": 5}, {"bread"}),
        ({"product_ids": ["unknown"]}, set()),
        ({"categories": ["Drink"]}, set()),
        ({"brands": ["acme"]}, set()),
    ],
)
def test_products_are_those_that_meet_every_condition(products: dict[str, Any], excluded: set[str]):
    assert hidden_by("exclude", products=products) == excluded


def test_a_plan_that_hides_nothing_says_so():
    assert plan_of(rule("exclude", products={"product_ids": ["unknown"]})).hidden is None


def test_a_price_band_hides_what_is_outside_and_what_has_no_known_price():
    assert hidden_by("price_band", price_min=3, price_max=5) == {"green", "beans", "cake", "sock", "lamp"}


def test_a_price_band_holds_for_its_products_alone():
    assert hidden_by("price_band", price_min=3, products={"brands": ["Acme"]}) == {"green", "lamp"}


def test_only_what_is_in_stock():
    assert hidden_by("in_stock") == {"black"}
    assert hidden_by("in_stock", products={"categories": ["Bakery"]}) == set()


def test_factors_of_a_product_are_multiplied():
    plan = plan_of(
        rule("boost", products=TEAS, factor=2), rule("bury", products={"brands": ["Acme"]}, factor=0.25)
    )
    assert factors_of(plan) == {"green": 0.5, "black": 0.5, "lamp": 0.25}


def test_no_number_of_boosts_makes_a_score_infinite():
    plan = plan_of(*[rule("boost", products=TEAS, factor=100)] * 200)
    assert factors_of(plan)["green"] == MAX_FACTOR


def test_pins_stand_by_slot_and_unknown_products_nowhere():
    plan = plan_of(
        rule("pin", product_id="cake", slot=3),
        rule("pin", product_id="unknown", slot=2),
        rule("pin", product_id="sock", slot=1),
    )
    assert plan.pins == ((1, IDS.index("sock")), (3, IDS.index("cake")))


def test_of_two_pins_that_collide_the_first_wins():
    plan = plan_of(
        rule("pin", product_id="cake", slot=1),
        rule("pin", product_id="sock", slot=1),
        rule("pin", product_id="cake", slot=2),
    )
    assert plan.pins == ((1, IDS.index("cake")),)


def group_names(plan: Plan) -> list[set[str]]:
    (cap,) = plan.caps
    return [
        {IDS[index] for index, group in enumerate(cap.groups) if group == code}
        for code in sorted(set(cap.groups) - {0})
    ]


def test_caps_group_by_brand_or_by_category_at_a_depth():
    assert {"green", "black", "lamp"} in group_names(plan_of(rule("cap", most=1, per="brand")))
    assert group_names(plan_of(rule("cap", most=1, per="category", depth=1))) == [
        {"green", "black", "beans", "juice"},
        {"bread", "cake"},
        {"lamp"},
    ]
    assert {"juice"} in group_names(plan_of(rule("cap", most=1, per="category", depth=2)))


def test_a_cap_of_some_products_leaves_the_others_uncapped():
    plan = plan_of(rule("cap", most=2, per="brand", products={"brands": ["Acme"]}))
    assert group_names(plan) == [{"green", "black", "lamp"}]
    assert plan.caps[0].most == 2


def test_the_highest_price_floor_counts():
    assert plan_of(rule("price_floor", ratio=0.5), rule("price_floor", ratio=0.8)).price_floor == 0.8


def test_effects_name_the_rules_that_touch_a_product():
    plan = plan_of(
        rule("exclude", "no tea", products=TEAS),
        rule("boost", "organic", products={"tags": ["organic"]}, factor=1.5),
        rule("pin", "green first", product_id="green", slot=1),
        rule("cap", "brands", most=1, per="brand"),
        rule("include", "drinks", products={"categories": ["Drinks"]}),
    )
    effects = {one["rule"]: one["effect"] for one in plan.effects(IDS.index("green"))}
    assert effects == {
        "no tea": "hidden: excluded",
        "organic": "score × 1.5",
        "green first": "pin to slot 1",
        "brands": "at most 1 of its brand",
    }
    sock = {one["rule"]: one["effect"] for one in plan.effects(IDS.index("sock"))}
    assert sock == {"drinks": "hidden: not among what the rule includes"}


def test_a_catalogue_without_attributes_has_no_brands_tags_or_prices():
    bare = Shelf(shelf().product_ids, None, None)
    plan = compile_plan(
        [
            rule("exclude", products={"brands": ["Acme"]}),
            rule("exclude", products={"price_min": 0}),
            rule("exclude", products={"categories": ["Drinks"]}),
            rule("in_stock"),
            rule("cap", most=1, per="category"),
        ],
        Matcher(bare),
    )
    assert plan.hidden is None
    assert not np.any(plan.caps[0].groups)
