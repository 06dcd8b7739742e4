"""Whatever the rules, the visitor, the stock and the question: no answer breaks a promise.

What rules mean is spelled out once more here, naively and product by product, over the catalogue of
`tests.service.rules.shelf`.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from service.placement_file import load_placements
from service.placements import Placement
from service.query import Candidates, Query, Trace
from service.rules.book import RuleBook
from service.rules.document import moment, rules_of
from service.rules.rule import SEGMENTS
from service.serving import serve
from service.snapshot import Snapshot
from service.visitor import Visitor
from tests.service.rules.shelf import BRANDS, CATEGORIES, IDS, ROWS, TAGS, shelf
from tests.service.rules.strategies import Vocabulary, rule_lists, times

WORDS = Vocabulary(IDS, CATEGORIES, BRANDS, TAGS)
PLACEMENTS = load_placements(None)
NUMBERS = range(len(IDS))

some_ids = st.frozensets(st.sampled_from(IDS), max_size=4)


@st.composite
def placements(draw: st.DrawFn) -> Placement:
    chosen = draw(
        st.sampled_from([PLACEMENTS["for_you"], PLACEMENTS["discover"], PLACEMENTS["similar_items"]])
    )
    return Placement(
        chosen.name,
        chosen.sources,
        chosen.fallbacks,
        new_only=chosen.new_only,
        needs=chosen.needs,
        quotas=draw(st.dictionaries(st.sampled_from(chosen.sources), st.integers(1, 3))),
        max_items=draw(st.none() | st.integers(1, 5)),
        max_per_category=draw(st.sampled_from([None, None, None, 1, 2])),
        max_per_brand=draw(st.sampled_from([None, None, None, 1, 2])),
        discount_shown=draw(st.none() | st.just(0.5)),
    )


@st.composite
def visitors(draw: st.DrawFn) -> Visitor:
    bought, due = draw(some_ids), draw(some_ids)
    return Visitor(
        in_cart=draw(some_ids),
        just_bought=bought - due,
        bought=bought,
        shown=draw(st.dictionaries(st.sampled_from(IDS), st.integers(1, 5), max_size=3)),
    )


@st.composite
def candidate_lists(draw: st.DrawFn, placement: Placement) -> Candidates:
    lists = {}
    for name in placement.lists:
        products = draw(st.lists(st.sampled_from(NUMBERS), unique=True))
        lists[name] = [(product, 1 / (1 + place), 0, -1) for place, product in enumerate(products)]
    return Candidates(
        lists=lists,
        bought=draw(st.frozensets(st.sampled_from(NUMBERS), max_size=3)),
        known_customer=True,
        known_context=True,
        visitor=draw(visitors()),
    )


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    placement = draw(placements())
    return {
        "placement": placement,
        "query": Query(
            placement.name,
            limit=draw(st.integers(1, 8)),
            product_ids=tuple(draw(st.lists(st.sampled_from(IDS), max_size=2, unique=True))),
            exclude=draw(some_ids),
            category=draw(st.none() | st.sampled_from(CATEGORIES)),
        ),
        "candidates": draw(candidate_lists(placement)),
        "withdrawn": bytes(draw(st.lists(st.integers(0, 1), min_size=len(IDS), max_size=len(IDS)))),
        "documents": draw(rule_lists(WORDS)),
        "segment": draw(st.sampled_from(SEGMENTS)),
        "at": draw(times()),
    }


@settings(max_examples=400, deadline=None)
@given(asked=questions())
def test_no_answer_breaks_a_promise_and_a_trace_changes_nothing(asked: dict[str, Any]):
    query, placement, candidates = asked["query"], asked["placement"], asked["candidates"]
    of = shelf()
    snapshot = Snapshot(
        product_ids=of.product_ids,
        categories=of.categories,
        attributes=of.attributes,
        withdrawn=asked["withdrawn"],
    )
    book = RuleBook(rules_of(asked["documents"]), 1)
    plan = book.plan_for(snapshot, query.placement, asked["segment"], query.product_ids, asked["at"])

    answer = serve(query, placement, candidates, snapshot, None, plan)

    assert answer == serve(query, placement, candidates, snapshot, Trace(), plan), "the preview agrees"
    shown = [item[0] for item in answer.items]
    assert len(shown) == len(set(shown)) <= min(query.limit, placement.max_items or query.limit)
    holding = [rule for rule in asked["documents"] if _holds(rule, query, asked["segment"], asked["at"])]
    allowed = {product for product in NUMBERS if _may_be_shown(product, asked, holding)}
    assert set(shown) <= allowed
    named = {candidate[0] for listed in candidates.lists.values() for candidate in listed}
    assert set(shown) <= named | {product for _, product in plan.pins}
    for groups, most in _caps(placement, holding):
        counts = Counter(group for group in map(groups, shown) if group is not None)
        assert all(count <= most for count in counts.values())
    if not _caps(placement, holding):
        room = min(query.limit, placement.max_items or query.limit)
        assert len(shown) == room or set(shown) >= (named & allowed), "no slot is empty that could be filled"


@settings(max_examples=300, deadline=None)
@given(
    asked=questions(), pins=st.dictionaries(st.integers(1, 8), st.sampled_from(IDS), min_size=1, max_size=4)
)
def test_a_pin_holds_its_slot_unless_its_product_must_not_be_shown(
    asked: dict[str, Any], pins: dict[int, str]
):
    asked["placement"] = PLACEMENTS["for_you"]
    asked["query"] = asked["query"]._replace(placement="for_you")
    documents = [
        {"id": f"pin-{slot}", "name": "", "type": "pin", "product_id": product_id, "slot": slot}
        for slot, product_id in pins.items()
    ]
    of = shelf()
    snapshot = Snapshot(product_ids=of.product_ids, categories=of.categories, withdrawn=asked["withdrawn"])
    plan = RuleBook(rules_of(documents), 1).plan_for(snapshot, "for_you", "customer", (), asked["at"])
    query, candidates = asked["query"], asked["candidates"]

    shown = [item[0] for item in serve(query, asked["placement"], candidates, snapshot, None, plan).items]

    first_pin: dict[int, int] = {}
    for slot, product_id in sorted(pins.items()):
        product = IDS.index(product_id)
        if slot <= query.limit and product not in first_pin and _may_be_shown(product, asked, []):
            first_pin[product] = slot
    if len(shown) == query.limit:
        assert all(shown[slot - 1] == product for product, slot in first_pin.items())
    assert set(first_pin) <= set(shown)


def _holds(rule: dict[str, Any], query: Query, segment: str, at: float) -> bool:
    context = ROWS[IDS.index(query.product_ids[0])][1] if query.product_ids else None
    wanted = rule.get("context_category")
    return (
        rule.get("enabled", True)
        and query.placement in rule.get("placements", [query.placement])
        and segment in rule.get("segments", [segment])
        and (wanted is None or _below(context, wanted))
        and ("from" not in rule or moment(rule["from"], None) <= at < moment(rule["until"], None))
    )


def _below(category: str | None, path: str) -> bool:
    return category is not None and (category == path or category.startswith(f"{path} > "))


def _matches(product: int, rule: dict[str, Any]) -> bool:
    product_id, category, brand, price, _, tags = ROWS[product]
    given = rule.get("products", {})
    return (
        product_id in given.get("product_ids", [product_id])
        and ("categories" not in given or any(_below(category, path) for path in given["categories"]))
        and brand in given.get("brands", [brand])
        and ("tags" not in given or bool(set(tags) & set(given["tags"])))
        and ("price_min" not in given or (price is not None and price >= given["price_min"]))
        and ("price_max" not in given or (price is not None and price <= given["price_max"]))
    )


def _may_be_shown(product: int, asked: dict[str, Any], holding: list[dict[str, Any]]) -> bool:
    query, placement, visitor = asked["query"], asked["placement"], asked["candidates"].visitor
    product_id, category, *_ = ROWS[product]
    if asked["withdrawn"][product] or product_id in query.exclude | visitor.in_cart | visitor.just_bought:
        return False
    if product_id in query.product_ids or (query.category and not _below(category, query.category)):
        return False
    if placement.new_only and (product in asked["candidates"].bought or product_id in visitor.bought):
        return False
    return not any(_hides(rule, product, query) for rule in holding)


def _hides(rule: dict[str, Any], product: int, query: Query) -> bool:
    _, _, _, price, in_stock, _ = ROWS[product]
    matches = _matches(product, rule)
    match rule["type"]:
        case "include":
            return not matches
        case "exclude":
            return matches
        case "in_stock":
            return matches and not in_stock
        case "price_band":
            return matches and (price is None or not rule["price_min"] <= price <= rule["price_max"])
        case "price_floor" if query.product_ids:
            of_context = ROWS[IDS.index(query.product_ids[0])][3]
            return of_context is not None and (price is None or price < rule["ratio"] * of_context)
    return False


def _caps(placement: Placement, holding: list[dict[str, Any]]) -> list[tuple[Any, int]]:
    """(product → its group or None, items of a group at most)"""
    caps: list[tuple[Any, int]] = []
    if placement.max_per_category:
        caps.append((lambda product: ROWS[product][1], placement.max_per_category))
    if placement.max_per_brand:
        caps.append((lambda product: ROWS[product][2], placement.max_per_brand))
    for rule in holding:
        if rule["type"] == "cap":
            caps.append((lambda product, rule=rule: _group(product, rule), rule["most"]))
    return caps


def _group(product: int, rule: dict[str, Any]) -> str | None:
    if not _matches(product, rule):
        return None
    _, category, brand, *_ = ROWS[product]
    if rule["per"] == "brand":
        return brand
    return None if category is None else " > ".join(category.split(" > ")[: rule["depth"]])
