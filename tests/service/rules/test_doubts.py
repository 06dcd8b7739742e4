"""What is saved with a warning."""

from __future__ import annotations

from typing import Any

import pytest

from service.rules.document import moment
from service.rules.doubts import doubts
from service.rules.matching import Matcher
from service.rules.rule import Rule
from service.store.packed import Categories, ProductIds, encode_categories, encode_product_ids
from tests.service.rules.shelf import Shelf, rule, shelf

NOW = moment("2026-11-23T12:00:00Z", None)
PLACEMENTS = ("for_you", "trending")


def warnings(*of: Rule, catalogue: Shelf | None = None) -> list[tuple[int | None, str]]:
    found = doubts(of, Matcher(catalogue or shelf()), PLACEMENTS, NOW)
    return [(finding.place, finding.member) for finding in found]


def many(teas: int, breads: int) -> Shelf:
    """A catalogue large enough for a whole list."""
    ids = [f"p{number}" for number in range(teas + breads)]
    categories = encode_categories(["Drinks > Tea"] * teas + ["Bakery"] * breads)
    return Shelf(ProductIds(encode_product_ids(ids)), Categories(categories), None)


def test_sound_rules_raise_no_doubt():
    assert warnings(rule("boost", products={"brands": ["Acme"]}, factor=2), rule("in_stock", "s")) == []


@pytest.mark.parametrize(
    "products, members",
    [
        ({"product_ids": ["sock", "gone"]}, ["products.product_ids"]),
        ({"product_ids": ["gone"]}, ["products.product_ids", "products"]),
        ({"categories": ["Garden"]}, ["products"]),
        ({"brands": ["Bolt"], "categories": ["Bakery"]}, ["products"]),
    ],
)
def test_products_that_are_not_there(products: dict[str, Any], members: list[str]):
    assert warnings(rule("boost", products=products, factor=2)) == [(0, member) for member in members]


def test_a_pin_of_an_unknown_product():
    assert warnings(rule("pin", product_id="gone", slot=1)) == [(0, "product_id")]


def test_a_schedule_that_has_ended():
    ended = rule("exclude", products={"product_ids": ["gone"]}, until="2026-11-23T12:00:00Z")
    assert warnings(ended) == [(0, "until")]


def test_a_rule_that_is_switched_off_raises_no_doubt():
    assert warnings(rule("pin", product_id="gone", slot=1, enabled=False)) == []


def test_boost_and_bury_of_the_same_products():
    teas = {"categories": ["Drinks > Tea"]}
    boost, bury = (
        rule("boost", "up", products=teas, factor=2),
        rule("bury", "down", products=teas, factor=0.5),
    )
    assert warnings(boost, bury) == [(1, "")]
    assert warnings(boost, rule("boost", "more", products=teas, factor=3)) == []


def test_a_pin_that_stock_or_price_keep_out_for_now():
    pin = rule("pin", "pin", product_id="black", slot=1)
    acme = {"brands": ["Acme"]}
    assert warnings(rule("in_stock", "s"), pin) == [(1, "product_id")]
    assert warnings(rule("price_band", "b", price_min=5, products=acme), pin) == [(1, "product_id")]
    assert warnings(rule("price_band", "b", price_max=5, products=acme), pin) == []


def test_includes_that_leave_nothing():
    nothing = [
        rule("include", "teas", products={"categories": ["Drinks > Tea"]}),
        rule("include", "bolts", products={"brands": ["Bolt"]}, placements=["trending"]),
    ]
    for_you, found = doubts(nothing, Matcher(shelf()), PLACEMENTS, NOW)
    assert "only 2 products" in for_you.detail
    assert found.place is None
    assert "trending" in found.detail
    assert "no product" in found.detail
    assert "teas, bolts" in found.detail


def test_a_cap_that_leaves_slots_empty():
    cap = rule("cap", per="category", depth=1, most=3)
    assert warnings(cap, catalogue=many(teas=10, breads=10)) == [(0, "")]
    assert warnings(rule("cap", per="category", most=6), catalogue=many(teas=10, breads=10)) == []


def test_a_shortage_that_only_comes_later_is_told_now():
    later = rule(
        "include",
        products={"categories": ["Bakery"]},
        context_category="Drinks",
        **{"from": "2027-01-01T00:00Z"},
    )
    assert warnings(later, catalogue=many(teas=20, breads=2)) == [(0, "")]


def test_without_a_catalogue_only_schedules_are_looked_at():
    empty = Shelf(ProductIds(encode_product_ids([])), None, None)
    gone = rule("exclude", products={"product_ids": ["gone"]})
    ended = rule("in_stock", "s", until="2020-01-01T00:00:00Z")
    assert warnings(gone, ended, catalogue=empty) == [(1, "until")]
