"""Rules as sentences."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from werkzeug.datastructures import MultiDict

from service.api.rule_requests import RulesSchema
from service.pages import rule_wording
from service.pages.rule_form import form_of, read_form
from service.pages.rule_wording import STATUSES, TYPES, effect_text, place_text, schedule_text, status_of
from service.rules.document import TYPES as KINDS
from service.rules.document import moment, rule_of
from service.rules.rule import SEGMENTS
from tests.service.rules.shelf import BRANDS, CATEGORIES, IDS, TAGS
from tests.service.rules.strategies import Vocabulary, rule_lists

WORDS = Vocabulary(IDS, CATEGORIES, BRANDS, TAGS)


@pytest.mark.parametrize(
    "rule, sentence",
    [
        ({"type": "exclude", "products": {"product_ids": ["a", "b"]}}, "Hides Anis (a) or b"),
        ({"type": "exclude", "products": {"product_ids": list("bcdefg")}}, "Hides b, c, d or 3 more"),
        (
            {"type": "include", "products": {"categories": ["Drinks > Tea"], "brands": ["Acme", "Bolt"]}},
            "Shows only products in Drinks > Tea of the brand Acme or Bolt",
        ),
        (
            {"type": "boost", "factor": 1.5, "products": {"tags": ["gift"], "price_max": 20.0}},
            "Boosts products tagged gift priced up to 20: score × 1.5",
        ),
        ({"type": "pin", "product_id": "a", "slot": 3}, "Pins Anis (a) to slot 3"),
        ({"type": "cap", "most": 2, "per": "category"}, "At most 2 of one top category"),
        (
            {"type": "cap", "most": 1, "per": "brand", "products": {"tags": ["gift"]}},
            "At most 1 of one brand, among products tagged gift",
        ),
        ({"type": "price_band", "price_min": 1234567.5}, "Only what is priced from 1234567.5"),
        ({"type": "in_stock"}, "Only what is in stock"),
        ({"type": "price_floor", "ratio": 0.8}, "Nothing below 80 % of the page's product's price"),
    ],
)
def test_what_a_rule_does(rule: dict[str, Any], sentence: str):
    assert effect_text(rule, {"a": "Anis"}) == sentence


def test_where_and_when():
    rule = {
        "placements": ["for_you", "checkout"], "segments": ["anonymous", "new_customer"],
        "context_category": "Drinks", "from": "2026-11-27T00:00Z", "until": "2026-11-28T09:30",
        "zone": "Asia/Tokyo",
    }  # fmt: skip
    assert place_text(rule) == "For you, Checkout, for anonymous visitors and new customers, beside Drinks"
    assert schedule_text(rule) == "from 27 November 2026, 00:00 UTC until 28 November 2026, 09:30 Asia/Tokyo"
    assert place_text({}) == "Everywhere"
    assert schedule_text({}) == ""


@pytest.mark.parametrize(
    "members, status",
    [
        ({}, "in_force"),
        ({"enabled": False, "until": "2020-01-01T00:00Z"}, "off"),
        ({"until": "2026-11-23T12:00Z"}, "ended"),
        ({"from": "2026-11-23T12:00Z"}, "in_force"),
        ({"from": "2026-11-23T12:01Z"}, "planned"),
    ],
)
def test_the_status_at_noon(members: dict[str, Any], status: str):
    at = moment("2026-11-23T12:00Z", None)
    assert status_of({"id": "a", "type": "in_stock"} | members, at) == status
    assert status in STATUSES


def test_every_type_has_words():
    assert set(TYPES) == set(KINDS)


@given(documents=rule_lists(WORDS))
def test_the_form_gives_back_the_rule_that_it_shows(documents: list[dict[str, Any]]):
    rules = RulesSchema().load({"edition": 0, "rules": documents})["rules"]
    for document in rules:
        assert effect_text(document, {})
        form = form_of(document)
        fields = [*form.values.items(), ("type", form.type), ("id", form.id)]
        fields += [(name, value) for name, chosen in form.chosen.items() for value in chosen]
        fields += [("enabled", "on")] if form.enabled else []
        again = read_form(MultiDict(fields), ())
        assert again.document is not None, again.faults
        assert rule_of(again.document) == rule_of(document)


def test_segments_are_all_named():
    assert set(rule_wording.SEGMENTS) == set(SEGMENTS)
