"""Masks mean what a selection says, product by product."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given

from service.rules.compile import compile_plan, hides
from service.rules.document import rules_of
from service.rules.matching import Matcher
from service.rules.rule import CapGroups, Scale, category_path
from tests.service.rules.shelf import BRANDS, CATEGORIES, IDS, ROWS, TAGS, rule, shelf
from tests.service.rules.strategies import Vocabulary, rule_lists, selections

WORDS = Vocabulary(IDS, CATEGORIES, BRANDS, TAGS)
MATCHER = Matcher(shelf())


def is_meant(row: tuple[Any, ...], products: dict[str, Any]) -> bool:
    """The same question asked of one product, as a person would."""
    product_id, category, brand, price, _, tags = row
    path = category_path(category or "")
    below = [category_path(one) for one in products.get("categories", ())]
    return (
        ("product_ids" not in products or product_id in products["product_ids"])
        and ("categories" not in products or any(path[: len(one)] == one for one in below))
        and ("brands" not in products or brand in products["brands"])
        and ("tags" not in products or not set(tags).isdisjoint(products["tags"]))
        and ("price_min" not in products or (price is not None and price >= products["price_min"]))
        and ("price_max" not in products or (price is not None and price <= products["price_max"]))
    )


@given(products=selections(WORDS, may_be_empty=True))
def test_a_mask_is_the_answer_of_each_product(products: dict[str, Any]):
    selection = rule("in_stock", products=products).effect.products
    expected = [is_meant(row, products) for row in ROWS]
    assert MATCHER.matched(selection).tolist() == expected
    assert [MATCHER.matches(selection, index) for index in range(len(ROWS))] == expected


@given(documents=rule_lists(WORDS))
def test_a_plan_is_what_its_rules_do_one_by_one(documents: list[dict[str, Any]]):
    rules = rules_of(documents)
    plan = compile_plan(rules, MATCHER)
    hiding = [mask for one in rules if (mask := hides(one, MATCHER)) is not None]
    factors = plan.factors if plan.factors is not None else np.ones(len(ROWS))
    capped = [one for one in rules if isinstance(one.effect, CapGroups)]
    for index, row in enumerate(ROWS):
        assert bool(plan.hidden and plan.hidden[index]) == any(mask[index] for mask in hiding)
        product = 1.0
        for one, document in zip(rules, documents, strict=True):
            if isinstance(one.effect, Scale) and is_meant(row, document["products"]):
                product *= one.effect.factor
        assert np.isclose(factors[index], np.clip(product, 1e-6, 1e6), rtol=1e-6)
        for one, cap in zip(capped, plan.caps, strict=True):
            has_group = row[2] if one.effect.per == "brand" else row[1]
            meant = MATCHER.matches(one.effect.products, index)
            assert bool(cap.groups[index]) == bool(meant and has_group)


@given(documents=rule_lists(WORDS))
def test_effects_tell_all_that_a_plan_does(documents: list[dict[str, Any]]):
    rules = rules_of(documents)
    plan = compile_plan(rules, MATCHER)
    for index in range(len(ROWS)):
        told = [one["effect"] for one in plan.effects(index)]
        assert any(effect.startswith("hidden") for effect in told) == bool(plan.hidden and plan.hidden[index])
        for slot, product in plan.pins:
            assert product != index or f"pin to slot {slot}" in told
