"""The one pure function that turns candidates into an answer; the preview runs it with a trace.

It reads no clock, no store and no randomness: the same query over the same candidates, under the same rules,
gives the same items. In this order, which `docs/rules.md` tells merchandisers:

1. the placement's own lists name candidates, up to their quotas, then beyond them, then its fallbacks;
2. boosts, buries and the discount for what was shown in vain change the order within each list;
3. hard filters (`service.filters`) drop what must not be shown, and caps what would be too much of one kind;
4. pinned products, if they pass the same filters, take their slots; caps count them first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter

from service.filters import Filter, any_hidden, is_open_to_all
from service.placements import Placement
from service.query import Answer, Candidate, Candidates, Catalog, Query, Trace
from service.rules.plan import NO_RULES, Cap, Plan
from service.store.codec import REASONS, PackedList

REORDERED = 200
"""So many of a list's first candidates are put in another order by boosts; the others stay behind them."""

PINNED = "pinned"
"""What a trace calls the list of the pinned products."""

_PINNED = REASONS.index(PINNED)


def serve(
    query: Query,
    placement: Placement,
    candidates: Candidates,
    catalog: Catalog,
    trace: Trace | None = None,
    plan: Plan = NO_RULES,
) -> Answer:
    """The best `query.limit` candidates, no product twice; own sources first, then the fallbacks."""
    limit = min(query.limit, placement.max_items or query.limit)
    is_open = is_open_to_all(query, placement, candidates.visitor)
    if is_open and trace is None and not _is_shaped(placement, plan):
        plain = _plain(limit, placement, candidates, catalog, plan)
        if plain is not None:
            return plain
    filling = _Filling(query, placement, candidates, catalog, plan, trace)
    pins, later = filling.pinned(limit)
    free = limit - len(pins)
    items, own = filling.filled(free)
    has_more = len(items) > free or (len(items) == free and bool(later))
    items = items[:free]
    own = min(own, len(items))
    fallback = _fallback(query, placement, candidates, own, len(items), len(pins) + len(later))
    return Answer(_with_pins([*items, *later[: free - len(items)]], pins), fallback, has_more)


def _is_shaped(placement: Placement, plan: Plan) -> bool:
    """Whether rules or the placement put lists in another order than they are published in."""
    return plan.factors is not None or bool(plan.pins or plan.caps) or placement.is_shaped


def _plain(
    limit: int, placement: Placement, candidates: Candidates, catalog: Catalog, plan: Plan
) -> Answer | None:
    """The common case, a list that is long enough and nothing to drop from it; None where it is not that."""
    name = next((name for name in placement.sources if candidates.lists.get(name)), None)
    if name is None or name in placement.quotas:
        return None
    first = candidates.lists[name]
    looked_at = list(first[: limit + 1])
    if len(looked_at) <= limit or any_hidden(looked_at, catalog.withdrawn, plan.hidden):
        return None
    return Answer(looked_at[:limit], candidates.state, has_more=True)


class _Filling:
    """Takes candidates that pass the filters and the caps, for one answer; each product at most once."""

    def __init__(
        self,
        query: Query,
        placement: Placement,
        candidates: Candidates,
        catalog: Catalog,
        plan: Plan,
        trace: Trace | None,
    ) -> None:
        self._offset = len(query.seen)
        self._placement = placement
        self._lists = candidates.lists
        self._shown = candidates.visitor.shown if placement.discount_shown else {}
        self._product_id = catalog.product_id
        self._withdrawn = catalog.withdrawn
        self._plan = plan
        # Of a memoryview each element is a float at once; of an array it is an object of numpy's first.
        self._factors: memoryview | None = None if plan.factors is None else plan.factors.data
        self._filter = Filter(query, placement, candidates, catalog, plan)
        self._trace = trace
        self._looked_at: set[int] = set()
        self._caps = [(cap.groups, cap.most, dict[int, int]()) for cap in _caps(placement, catalog, plan)]

    def pinned(self, limit: int) -> tuple[dict[int, Candidate], list[Candidate]]:
        """Slot of this answer, from 1 → the product pinned there; and what is pinned to slots behind it.

        The latter wait for their slots, unless the list ends before.
        """
        if not self._plan.pins:
            return {}, []
        slots = {product: slot - self._offset for slot, product in self._plan.pins if slot > self._offset}
        pins: list[Candidate] = []
        self._take(pins, PINNED, iter([(product, 1.0, _PINNED, -1) for product in slots]), len(slots))
        here = {slots[pin[0]]: pin for pin in pins if slots[pin[0]] <= limit}
        return here, [pin for pin in pins if slots[pin[0]] > limit]

    def filled(self, free: int) -> tuple[list[Candidate], int]:
        """Items for so many slots, and how many of them, the first ones, are of the placement's own sources.

        One item more tells that there is a next page.
        """
        items: list[Candidate] = []
        beyond_quota = []
        for name in self._placement.sources:
            if not (candidates := self._lists.get(name)):
                continue
            source = iter(self._ordered(candidates))
            quota = self._placement.quotas.get(name)
            if quota is None:
                self._take(items, name, source, free)
            else:
                self._take(items, name, source, free, len(items) + quota)
                beyond_quota.append((name, source))
        for name, source in beyond_quota:
            self._take(items, name, source, free)
        own = len(items)
        for name in self._placement.fallbacks:
            if len(items) <= free:
                self._take(items, name, iter(self._ordered(self._lists.get(name, ()))), free)
        return items, own

    def _take(  # noqa: C901 - see below
        self,
        items: list[Candidate],
        name: str,
        source: Iterator[Candidate],
        free: int,
        at_most: int | None = None,
    ) -> None:
        """Add what may be listed, up to one item more than there are slots free, `at_most` in all.

        One loop with hardly a call in it: it sees each candidate of each answer, and calls took longer than
        all that they did.
        """
        looked_at, withdrawn, hidden, caps = self._looked_at, self._withdrawn, self._plan.hidden, self._caps
        ruled_out = None if self._filter.is_open else self._filter
        wanted = free + 1 if at_most is None else min(free + 1, at_most)
        if len(items) >= wanted:
            return
        for candidate in source:
            product = candidate[0]
            why: str | None = None
            if product in looked_at:
                why = "repeated"
            elif withdrawn is not None and withdrawn[product]:
                why = "unavailable"
            elif hidden is not None and hidden[product]:
                why = "rule"
            elif ruled_out is not None:
                why = ruled_out(product)
            looked_at.add(product)
            if why is None:
                for groups, most, counts in caps:
                    if counts.get(groups[product], 0) >= most:
                        why = "cap"
            if why is None:
                for groups, _, counts in caps:
                    if group := groups[product]:  # 0 is no group
                        counts[group] = counts.get(group, 0) + 1
                items.append(candidate)
                if len(items) >= wanted:
                    return
            elif self._trace is not None and len(items) < free:  # what comes later is not of this answer
                self._trace.dropped.append((name, candidate, why))

    def _ordered(self, candidates: Sequence[Candidate]) -> Iterable[Candidate]:
        """A list in the order that boosts, buries and the discount for what was shown give it."""
        factors = self._factors
        if factors is None and not self._shown:
            return candidates
        is_short = len(candidates) <= REORDERED
        if factors is None or self._shown:
            first = [(p, self._weight(p) * score, why, of) for p, score, why, of in candidates[:REORDERED]]
        elif is_short and isinstance(candidates, PackedList):
            first = candidates.weighted(factors)
        else:
            first = [(p, factors[p] * score, why, of) for p, score, why, of in candidates[:REORDERED]]
        first.sort(key=_score, reverse=True)  # what is equal keeps its order
        return first if is_short else chain(first, candidates[REORDERED:])

    def _weight(self, product: int) -> float:
        weight: float = 1.0 if self._factors is None else self._factors[product]
        if self._shown and self._placement.discount_shown is not None:
            weight *= self._placement.discount_shown ** self._shown.get(self._product_id(product), 0)
        return weight


_score = itemgetter(1)


def _caps(placement: Placement, catalog: Catalog, plan: Plan) -> list[Cap]:
    caps = list(plan.caps)
    if placement.max_per_category:
        caps.append(Cap(catalog.category_codes(), placement.max_per_category))
    if placement.max_per_brand:
        caps.append(Cap(catalog.brand_codes(), placement.max_per_brand))
    return caps


def _with_pins(items: list[Candidate], pins: Mapping[int, Candidate]) -> list[Candidate]:
    """Each pin in its slot; where the items end before it, the pins close up behind them."""
    for slot in sorted(pins):
        items.insert(slot - 1, pins[slot])
    return items


def _fallback(
    query: Query, placement: Placement, candidates: Candidates, own: int, total: int, pinned: int
) -> str | None:
    """`own` and `total` are without the pinned items, which a rule answers for."""
    if candidates.state is not None:
        return candidates.state
    if total + pinned == 0:
        return "none"
    if own == total:
        return None
    if placement.needs == "visitor" and not candidates.known_customer and own == 0:
        return "unknown_visitor"
    if placement.needs == "context" and not candidates.known_context:
        return "unknown_product" if query.product_ids else "no_context"
    return "filled"
