"""Which rules hold where and when, and that a plan is made once."""

from __future__ import annotations

from datetime import datetime
from math import inf
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.rules.book import RuleBook
from service.rules.compile import compile_plan
from service.rules.document import moment
from service.rules.matching import Matcher
from service.rules.plan import NO_RULES, Plan
from service.rules.rule import SEGMENTS, Rule, category_path
from tests.service.rules.shelf import BRANDS, CATEGORIES, IDS, ROWS, TAGS, named, rule, shelf
from tests.service.rules.strategies import Vocabulary, rules, times

SHELF = shelf()
WORDS = Vocabulary(IDS, CATEGORIES, BRANDS, TAGS)
NO_CAKE: dict[str, Any] = {"products": {"product_ids": ["cake"]}}


def hidden(
    book: RuleBook,
    placement: str = "for_you",
    segment: str = "customer",
    context: tuple[str, ...] = (),
    at: float = 0,
) -> set[str]:
    return named(book.plan_for(SHELF, placement, segment, context, at).hidden)


def test_without_rules_there_is_no_plan_to_make():
    assert RuleBook().plan_for(SHELF, "for_you", "anonymous", (), 0.0) is NO_RULES
    disabled = RuleBook([rule("exclude", enabled=False, **NO_CAKE)])
    assert disabled.plan_for(SHELF, "for_you", "anonymous", (), 0.0) is NO_RULES


def test_a_rule_without_scope_holds_everywhere():
    book = RuleBook([rule("exclude", **NO_CAKE)])
    assert all(hidden(book, placement="any", segment=segment) == {"cake"} for segment in SEGMENTS)


def test_placements_and_segments_limit_a_rule():
    book = RuleBook([rule("exclude", placements=["trending"], segments=["anonymous"], **NO_CAKE)])
    assert hidden(book, "trending", "anonymous") == {"cake"}
    assert hidden(book, "trending", "customer") == set()
    assert hidden(book, "for_you", "anonymous") == set()


def test_the_first_context_product_decides_on_a_context_category():
    book = RuleBook([rule("exclude", context_category="Drinks", **NO_CAKE)])
    assert hidden(book, context=("green",)) == {"cake"}
    assert hidden(book, context=("juice", "bread")) == {"cake"}
    assert hidden(book, context=("bread", "juice")) == set()
    assert hidden(book, context=("sock",)) == set()
    assert hidden(book, context=("unknown",)) == set()
    assert hidden(book, context=()) == set()


def test_a_schedule_begins_on_time_and_ends_just_before():
    book = RuleBook(
        [rule("exclude", **NO_CAKE, **{"from": "2026-11-27T00:00:00Z", "until": "2026-11-28T00:00:00Z"})]
    )
    begin, end = (datetime.fromisoformat(f"2026-11-{day}T00:00:00+00:00").timestamp() for day in (27, 28))
    assert [bool(hidden(book, at=at)) for at in (begin - 1, begin, end - 1, end)] == [
        False,
        True,
        True,
        False,
    ]
    untils = [
        book.plan_for(SHELF, "for_you", "customer", (), at).until for at in (begin - 1, begin, end - 1, end)
    ]
    assert untils == [begin, end, end, inf]


def test_a_local_time_is_that_of_its_zone():
    assert moment("2026-11-27T00:00", "Europe/Berlin") == moment("2026-11-26T23:00:00Z", None)
    assert moment("2026-07-27T00:00", "Europe/Berlin") == moment("2026-07-27T00:00:00+02:00", "Asia/Tokyo")


def test_a_plan_is_made_once_for_all_places_where_the_same_rules_hold():
    book = RuleBook([rule("exclude", **NO_CAKE), rule("boost", "b", placements=["x"], factor=2, **NO_CAKE)])
    plan = book.plan_for(SHELF, "for_you", "customer", ("green",), 0.0)
    assert plan is book.plan_for(SHELF, "trending", "anonymous", ("lamp",), 10.0**10)
    assert plan is not book.plan_for(SHELF, "x", "anonymous", (), 0.0)


def test_another_catalogue_gets_plans_of_its_own():
    book = RuleBook([rule("pin", product_id="sock", slot=1)])
    first, again = (book.plan_for(SHELF, "for_you", "customer", (), 0.0) for _ in range(2))
    assert first is again
    assert book.plan_for(shelf(), "for_you", "customer", (), 0.0) is not first


def same(one: Plan, other: Plan) -> bool:
    def shown(plan: Plan) -> list[object]:
        factors = plan.factors.tolist() if plan.factors is not None else None
        caps = [(list(cap.groups), cap.most) for cap in plan.caps]
        return [named(plan.hidden), factors, plan.pins, caps, plan.price_floor]

    return shown(one) == shown(other)


@given(
    rules=rules(WORDS),
    placement=st.sampled_from(WORDS.placements),
    segment=st.sampled_from(SEGMENTS),
    context=st.sampled_from(["", *IDS, "unknown"]),
    at=times(),
)
def test_the_book_plans_by_just_the_rules_that_hold(
    rules: tuple[Rule, ...], placement: str, segment: str, context: str, at: float
):
    paths = {row[0]: category_path(row[1]) for row in ROWS if row[1]}
    holding = [
        one
        for one in rules
        if one.enabled
        and one.scope.starts_at <= at < one.scope.ends_at
        and (not one.scope.placements or placement in one.scope.placements)
        and (not one.scope.segments or segment in one.scope.segments)
        and (
            one.scope.context_category is None
            or paths.get(context, ())[: len(one.scope.context_category)] == one.scope.context_category
        )
    ]
    plan = RuleBook(rules).plan_for(SHELF, placement, segment, (context,) if context else (), at)
    assert same(plan, compile_plan(holding, Matcher(SHELF)))
    assert plan.until > at
