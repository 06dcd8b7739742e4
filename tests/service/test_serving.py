from __future__ import annotations

from collections.abc import Container, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.placement_file import load_placements
from service.placements import Placement
from service.query import FALLBACKS, Candidate, Candidates, Query, Trace
from service.serving import serve

FOR_YOU = Placement("for_you", ("for_you",), ("popular",), needs="visitor")
DISCOVER = Placement("discover", ("discover",), ("popular",), new_only=True, needs="visitor")
SIMILAR = Placement("similar_items", ("similar_items",), ("popular",), needs="context")


class Shop:
    """Products p0, p1, …; the even ones are tea, the odd ones coffee."""

    def __init__(self, *withdrawn: int) -> None:
        self.withdrawn = bytes(product in withdrawn for product in range(100)) if withdrawn else None

    def product_id(self, product: int) -> str:
        return f"p{product}"

    def index_of(self, product_id: str) -> int | None:
        return int(product_id[1:]) if product_id[1:].isdigit() else None

    def price(self, product: int) -> float:
        return float(product)

    def category_codes(self) -> Sequence[int]:
        return [product % 2 + 1 for product in range(100)]

    def brand_codes(self) -> Sequence[int]:
        return [product // 10 for product in range(100)]

    def in_category(self, category: str) -> Container[int]:
        return {"Tea": range(0, 100, 2), "Coffee": range(1, 100, 2)}.get(category, ())


def listed(*products: int) -> list[Candidate]:
    return [(product, 1.0, 0, -1) for product in products]


def known(**lists: Sequence[Candidate]) -> Candidates:
    return Candidates(lists=lists, known_customer=True, known_context=True)


def products(query: Query, placement: Placement, candidates: Candidates) -> tuple[list[int], str | None]:
    answer = serve(query, placement, candidates, Shop())
    return [candidate[0] for candidate in answer.items], answer.fallback


def test_the_own_list_comes_first_and_alone_has_no_fallback():
    lists = known(for_you=listed(3, 1, 2), popular=listed(9))
    assert products(Query(limit=2), FOR_YOU, lists) == ([3, 1], None)


def test_a_short_list_is_filled_up_without_repeating_a_product():
    lists = known(for_you=listed(3, 1), popular=listed(1, 9, 3, 8))
    assert products(Query(limit=4), FOR_YOU, lists) == ([3, 1, 9, 8], "filled")


def test_a_list_that_nothing_can_fill_up_is_still_the_own_list():
    assert products(Query(limit=4), FOR_YOU, known(for_you=listed(3, 1))) == ([3, 1], None)


def test_what_is_excluded_or_in_the_context_is_replaced():
    lists = known(for_you=listed(1, 2, 3), popular=listed(2, 4))
    query = Query(limit=3, exclude=frozenset({"p1"}), product_ids=("p2",))
    assert products(query, FOR_YOU, lists) == ([3, 4], "filled")


def test_a_category_holds_for_the_own_list_and_for_the_fallbacks():
    lists = known(for_you=listed(1, 2), popular=listed(3, 4, 5, 6))
    assert products(Query(limit=3, category="Tea"), FOR_YOU, lists) == ([2, 4, 6], "filled")


def test_what_cannot_be_ordered_is_replaced_from_the_rest_of_the_list_then_from_the_fallbacks():
    lists = known(for_you=listed(1, 2, 3), popular=listed(2, 4, 5))
    for limit, expected in ((2, ([1, 3], None)), (3, ([1, 3, 5], "filled"))):
        answer = serve(Query(limit=limit), FOR_YOU, lists, Shop(2, 4))
        assert ([candidate[0] for candidate in answer.items], answer.fallback) == expected


def test_a_trace_says_what_cannot_be_ordered():
    trace = Trace()
    serve(Query(limit=2), FOR_YOU, known(for_you=listed(1, 2, 3)), Shop(2), trace)
    assert trace.dropped == [("for_you", (2, 1.0, 0, -1), "unavailable")]


def test_discover_never_shows_what_was_bought_also_when_filling():
    candidates = Candidates(
        lists={"discover": listed(5), "popular": listed(1, 2, 3)}, bought={1, 3}, known_customer=True
    )
    assert products(Query(limit=3), DISCOVER, candidates) == ([5, 2], "filled")


def test_the_fallbacks_are_used_in_their_order():
    placement = Placement("bought_together", ("bought_together",), ("similar_items", "popular"))
    lists = known(bought_together=listed(1), similar_items=listed(2), popular=listed(3))
    assert products(Query(limit=3), placement, lists) == ([1, 2, 3], "filled")


@pytest.mark.parametrize(
    "placement, query, candidates, fallback",
    [
        (FOR_YOU, Query(), Candidates({"popular": listed(1)}, state="store_down"), "store_down"),
        (FOR_YOU, Query(), Candidates({}, state="store_down"), "store_down"),
        (FOR_YOU, Query(), Candidates({}, state="cold_store"), "cold_store"),
        (FOR_YOU, Query(), Candidates({"popular": listed(1)}), "unknown_visitor"),
        (SIMILAR, Query(product_ids=("zz",)), Candidates({"popular": listed(1)}), "unknown_product"),
        (SIMILAR, Query(), Candidates({"popular": listed(1)}), "no_context"),
        (SIMILAR, Query(product_ids=("p0",)), known(popular=listed(1)), "filled"),
        (FOR_YOU, Query(), Candidates({}), "none"),
        (FOR_YOU, Query(category="Cocoa"), known(for_you=listed(1)), "none"),
    ],
)
def test_the_fallback_that_an_answer_names(
    placement: Placement, query: Query, candidates: Candidates, fallback: str
):
    assert products(query, placement, candidates)[1] == fallback


def test_a_trace_says_why_each_candidate_was_passed_over_and_changes_nothing():
    candidates = Candidates(
        lists={"discover": listed(1, 2, 3, 4, 5), "popular": listed(5, 6)}, bought={1}, known_customer=True
    )
    query = Query(limit=2, exclude=frozenset({"p4"}), product_ids=("p6",), category="Tea")
    trace = Trace()
    traced = serve(query, DISCOVER, candidates, Shop(), trace)
    assert traced == serve(query, DISCOVER, candidates, Shop())
    assert [(name, candidate[0], why) for name, candidate, why in trace.dropped] == [
        ("discover", 1, "bought"),
        ("discover", 3, "category"),
        ("discover", 4, "excluded"),
        ("discover", 5, "category"),
        ("popular", 5, "repeated"),
        ("popular", 6, "context"),
    ]


numbers = st.lists(st.integers(0, 19), max_size=15)


@given(
    placement=st.sampled_from(list(load_placements(None).values())),
    lists=st.dictionaries(
        st.sampled_from(["for_you", "discover", "buy_it_again", "similar_items", "trending", "popular"]),
        numbers,
    ),
    bought=st.sets(st.integers(0, 19)),
    excluded=st.sets(st.integers(0, 19)),
    withdrawn=st.sets(st.integers(0, 19)),
    limit=st.integers(1, 20),
    category=st.sampled_from([None, "Tea"]),
)
def test_no_answer_ever_breaks_its_promises(
    placement: Placement,
    lists: dict[str, list[int]],
    bought: set[int],
    excluded: set[int],
    withdrawn: set[int],
    limit: int,
    category: str | None,
):
    query = Query(limit=limit, category=category, exclude=frozenset(f"p{number}" for number in excluded))
    candidates = Candidates(
        lists={name: listed(*found) for name, found in lists.items()}, bought=bought, known_customer=True
    )
    answer = serve(query, placement, candidates, Shop(*withdrawn))
    shown = [candidate[0] for candidate in answer.items]
    assert len(shown) == len(set(shown)) <= limit
    assert not excluded & set(shown)
    assert not withdrawn & set(shown)
    assert not (placement.new_only and bought & set(shown))
    assert category is None or all(product % 2 == 0 for product in shown)
    assert answer.fallback is None or answer.fallback in FALLBACKS
    assert (answer.fallback == "none") == (not shown)
    if answer.fallback is None:
        assert set(shown) <= {product for name in placement.sources for product in lists.get(name, [])}
