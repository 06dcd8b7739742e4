"""What looks unintended in a set of rules: it may be saved, with a warning."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice, product
from math import inf

import numpy as np

from service.rules.compile import compile_plan, hides
from service.rules.findings import Finding
from service.rules.matching import Matcher
from service.rules.plan import Cap, Plan
from service.rules.rule import SEGMENTS, InStock, Pin, PriceBand, PriceFloor, Rule, Scale, Selection

USUAL_LIMIT = 12
"""Items of an answer where the shop asks for no other number."""

_NAMED_IDS = 5
_MAX_PLACES = 64
_MAX_TIMES = _MAX_CONTEXTS = 10
"""Sets of rules that are looked at together, and of what they are sought among; a shop has a few."""

Placed = Sequence[tuple[int, Rule]]


def doubts(rules: Sequence[Rule], matcher: Matcher, placements: Collection[str], at: float) -> list[Finding]:
    """All warnings, in the order of the rules; those that concern several together come last.

    Args:
        matcher: of the catalogue as it is now; with an empty one, only schedules are looked at.
        placements: names of those that there are.
        at: now, in seconds since 1970.
    """
    enabled = [(place, rule) for place, rule in enumerate(rules) if rule.enabled]
    expired = [(place, rule) for place, rule in enabled if rule.scope.ends_at <= at]
    found = [Finding(place, "until", "Its schedule has ended: it does nothing.") for place, _ in expired]
    effective = [one for one in enabled if one not in expired]
    if matcher.count:
        for place, rule in effective:
            found += [Finding(place, member, detail) for member, detail in _unmatched(rule, matcher)]
        found += _opposed(effective)
        found += _pins_out_of_reach(effective, matcher)
        found.sort(key=lambda finding: finding.place or 0)
        shortening = [(place, rule) for place, rule in effective if _shortens(rule)]
        found += _short_lists(shortening, matcher, placements, at)
    return found


def _unmatched(rule: Rule, matcher: Matcher) -> Iterator[tuple[str, str]]:
    effect = rule.effect
    if isinstance(effect, PriceFloor):
        return
    if isinstance(effect, Pin):
        if matcher.index_of(effect.product_id) is None:
            yield "product_id", f"{effect.product_id} is not in the live catalogue: the slot is not taken."
        return
    unknown = [one for one in effect.products.product_ids if matcher.index_of(one) is None]
    if unknown:
        more = f" and {len(unknown) - _NAMED_IDS} more" if len(unknown) > _NAMED_IDS else ""
        names = ", ".join(unknown[:_NAMED_IDS])
        yield "products.product_ids", f"Not in the live catalogue, and passed over: {names}{more}."
    if not matcher.matched(effect.products).any():
        yield "products", "No product of the live catalogue is meant."


def _opposed(rules: Placed) -> Iterator[Finding]:
    first: dict[Selection, Rule] = {}
    for place, rule in rules:
        if not isinstance(rule.effect, Scale):
            continue
        other = first.setdefault(rule.effect.products, rule)
        if other.type != rule.type and other.scope.overlaps(rule.scope):
            yield Finding(
                place, "", f"Rule {other.id} does the opposite with the same products: a {other.type}."
            )


def _pins_out_of_reach(rules: Placed, matcher: Matcher) -> Iterator[Finding]:
    """Pins of products that are out of a price band or of stock today; tomorrow they may not be."""
    passing = [
        (rule, hides(rule, matcher)) for _, rule in rules if isinstance(rule.effect, PriceBand | InStock)
    ]
    for place, rule in rules:
        index = matcher.index_of(rule.effect.product_id) if isinstance(rule.effect, Pin) else None
        for other, hidden in passing if index is not None else ():
            if hidden is not None and hidden[index] and other.scope.overlaps(rule.scope):
                why = "out of stock" if isinstance(other.effect, InStock) else "outside the price band"
                yield Finding(place, "product_id", f"Not shown for now: {why} by rule {other.id}.")


def _short_lists(
    rules: Placed, matcher: Matcher, placements: Collection[str], at: float
) -> Iterator[Finding]:
    for where, holding in islice(_places(rules, placements, at), _MAX_PLACES):
        plan = compile_plan([rule for _, rule in holding], matcher)
        most = _at_most(plan, matcher.count)
        # In a shop of a dozen products, hiding one of them is no reason for alarm.
        short = most < min(USUAL_LIMIT, matcher.count / 2)
        if short:
            names = ", ".join(rule.id for _, rule in holding)
            what = f"only {most} products can" if most else "no product can"
            alone = holding[0][0] if len(holding) == 1 else None
            detail = f"{where[0]}, {where[1]}: {what} be listed, so that slots stay empty (rules: {names})."
            yield Finding(alone, "", detail)


def _places(
    rules: Placed, placements: Collection[str], at: float
) -> Iterator[tuple[tuple[str, str], list[tuple[int, Rule]]]]:
    """Each different set of rules that hold together, now or after a boundary, with a place where they do."""
    contexts = {rule.scope.context_category for _, rule in rules} | {None}
    starts = {rule.scope.starts_at for _, rule in rules if at < rule.scope.starts_at < inf}
    seen: set[tuple[int, ...]] = set()
    times = [at, *sorted(starts)][:_MAX_TIMES]
    ordered = sorted(contexts, key=lambda path: path or ())[:_MAX_CONTEXTS]
    for time, placement, segment, context in product(times, placements, SEGMENTS, ordered):
        holding = [
            (place, rule)
            for place, rule in rules
            if rule.scope.holds_at(time) and rule.scope.covers(placement, segment, context)
        ]
        key = tuple(place for place, _ in holding)
        if key and key not in seen:
            seen.add(key)
            yield (placement, segment), holding


def _shortens(rule: Rule) -> bool:
    return not isinstance(rule.effect, Scale | Pin | PriceFloor)


def _at_most(plan: Plan, count: int) -> int:
    """How many products one list could hold at most."""
    hidden = np.frombuffer(plan.hidden, dtype=bool) if plan.hidden else np.zeros(count, dtype=bool)
    free = ~hidden
    return min([int(free.sum()), *(_under_cap(cap, free) for cap in plan.caps)])


def _under_cap(cap: Cap, free: np.ndarray) -> int:
    sizes = np.bincount(np.asarray(cap.groups)[free])
    return int(sizes[:1].sum() + np.minimum(sizes[1:], cap.most).sum())
