"""Random rules for hypothesis: any valid document over a given catalogue's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from service.rules.document import rules_of
from service.rules.rule import SEGMENTS, Rule

Documents = st.SearchStrategy[dict[str, Any]]

EARLIEST, LATEST = 1_790_000_000, 1_800_000_000
"""Schedules begin and end between these, in seconds since 1970."""


@dataclass(frozen=True)
class Vocabulary:
    """What random rules name; a few ids that no catalogue knows are mixed in."""

    product_ids: Sequence[str]
    categories: Sequence[str]
    brands: Sequence[str]
    tags: Sequence[str]
    placements: Sequence[str] = ("for_you", "similar_items")


def selections(words: Vocabulary, *, may_be_empty: bool) -> Documents:
    """The `products` of a rule; with at least one condition unless it may be empty."""
    given = st.fixed_dictionaries(
        {},
        optional={
            "product_ids": _some([*words.product_ids, "nobody-sells-this"]),
            "categories": _some([*words.categories, "Nowhere"]),
            "brands": _some([*words.brands, "Nobody"]),
            "tags": _some([*words.tags, "none-has-this"]),
            "price_min": st.sampled_from([0.0, 2.0, 3.5]),
            "price_max": st.sampled_from([3.5, 5.0, 8.0]),
        },
    )
    return given if may_be_empty else given.filter(bool)


def rule_documents(words: Vocabulary) -> Documents:
    """One rule of any type, without an id."""
    must, may = selections(words, may_be_empty=False), selections(words, may_be_empty=True)
    price = st.sampled_from([1.0, 2.0, 4.0])
    low_and_high = st.tuples(price, st.sampled_from([4.0, 6.0, 9.0]))
    kinds = [
        _kind("include", products=must),
        _kind("exclude", products=must),
        _kind("boost", products=must, factor=st.sampled_from([1.5, 2.0, 100.0])),
        _kind("bury", products=must, factor=st.sampled_from([0.01, 0.5])),
        _kind("pin", product_id=st.sampled_from(list(words.product_ids)), slot=st.integers(1, 6)),
        _kind("cap", products=may, most=st.integers(1, 3), per=st.just("brand")),
        _kind("cap", products=may, most=st.integers(1, 3), per=st.just("category"), depth=st.integers(1, 2)),
        low_and_high.flatmap(
            lambda band: _kind(
                "price_band", products=may, price_min=st.just(band[0]), price_max=st.just(band[1])
            )
        ),
        _kind("in_stock", products=may),
        _kind("price_floor", ratio=st.sampled_from([0.5, 1.0, 1.5])),
    ]
    return st.tuples(st.one_of(kinds), _scopes(words)).map(lambda parts: parts[0] | parts[1])


def rule_lists(words: Vocabulary, max_size: int = 6) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Several rules with ids of their own; they may contradict each other."""
    return st.lists(rule_documents(words), max_size=max_size).map(
        lambda documents: [{"id": f"rule-{number}", **one} for number, one in enumerate(documents)]
    )


def rules(words: Vocabulary, max_size: int = 6) -> st.SearchStrategy[tuple[Rule, ...]]:
    """The same as `Rule` objects, ready for a RuleBook."""
    return rule_lists(words, max_size).map(rules_of)


def times() -> st.SearchStrategy[float]:
    """Moments around the schedules, in seconds since 1970."""
    return st.integers(EARLIEST - 1000, LATEST + 1000).map(float)


def _kind(kind: str, **members: st.SearchStrategy[Any]) -> Documents:
    return st.fixed_dictionaries({"type": st.just(kind), "name": st.just(kind), **members})


def _some(values: Sequence[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(list(values)), min_size=1, max_size=3, unique=True)


def _scopes(words: Vocabulary) -> Documents:
    schedules: Documents = st.one_of(
        st.just({}),
        st.tuples(st.integers(EARLIEST, LATEST - 1), st.integers(1, 5_000_000)).map(
            lambda span: {"from": _text(span[0]), "until": _text(span[0] + span[1])}
        ),
    )
    places = st.fixed_dictionaries(
        {},
        optional={
            "placements": _some(words.placements),
            "segments": _some(SEGMENTS),
            "context_category": st.sampled_from(list(words.categories)),
            "enabled": st.booleans(),
        },
    )
    return st.tuples(schedules, places).map(lambda parts: parts[0] | parts[1])


def _text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
