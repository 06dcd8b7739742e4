"""From the rules that hold in one place to a plan: masks and factors over all products, made once.

The order of rules matters nowhere but for pins, where the first of two that collide wins: hidden is
hidden by whichever rule, factors are multiplied, every cap holds, and the highest price floor counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from math import inf
from typing import Any

import numpy as np

from service.rules.matching import Matcher, within
from service.rules.plan import Cap, Plan
from service.rules.rule import (
    CapGroups,
    Exclude,
    Include,
    InStock,
    Pin,
    PriceBand,
    PriceFloor,
    Rule,
    Scale,
)

MAX_FACTOR = 1e6
"""All boosts of a product together; and one over it, all burials. Scores stay numbers, whatever is saved."""


def compile_plan(rules: Sequence[Rule], matcher: Matcher, until: float = inf) -> Plan:
    """The effects of these rules together.

    Args:
        rules: those that hold; ids of products that the catalogue does not know are passed over.
        until: seconds since 1970, up to when these are the rules that hold.
    """
    floors = [rule.effect.ratio for rule in rules if isinstance(rule.effect, PriceFloor)]
    return Plan(
        hidden=_hidden(rules, matcher),
        factors=_factors(rules, matcher),
        pins=_pins(rules, matcher),
        caps=tuple(_cap(rule.effect, matcher) for rule in rules if isinstance(rule.effect, CapGroups)),
        price_floor=max(floors, default=None),
        effects=partial(effects_on, rules, matcher),
        until=until,
    )


def hides(rule: Rule, matcher: Matcher) -> np.ndarray | None:
    """(products,) bool: what the rule takes out of every list; None for a rule that takes nothing out."""
    match rule.effect:
        case Include(products):
            return ~matcher.matched(products)
        case Exclude(products):
            return matcher.matched(products)
        case PriceBand(products, price_min, price_max):
            return matcher.matched(products) & ~within(matcher.prices(), price_min, price_max)
        case InStock(products):
            return matcher.matched(products) & ~matcher.in_stock()
    return None


def effects_on(rules: Sequence[Rule], matcher: Matcher, product: int) -> list[Mapping[str, Any]]:
    """What each rule does with the product, as {rule, name, effect}; rules that leave it alone are absent.

    A price floor is left out: what it does depends on the page's product.
    """
    found = ((rule, _effect_on(rule, matcher, product)) for rule in rules)
    return [{"rule": rule.id, "name": rule.name, "effect": effect} for rule, effect in found if effect]


def _hidden(rules: Sequence[Rule], matcher: Matcher) -> bytes | None:
    hidden = np.zeros(matcher.count, dtype=bool)
    for rule in rules:
        mask = hides(rule, matcher)
        if mask is not None:
            hidden |= mask
    return hidden.tobytes() if hidden.any() else None


def _factors(rules: Sequence[Rule], matcher: Matcher) -> np.ndarray | None:
    scales = [rule.effect for rule in rules if isinstance(rule.effect, Scale)]
    if not scales:
        return None
    # Sums of logarithms: a product of hundreds of boosts would overflow.
    total = np.zeros(matcher.count)
    for scale in scales:
        np.add(total, math.log(scale.factor), out=total, where=matcher.matched(scale.products))
    return np.exp(np.clip(total, -math.log(MAX_FACTOR), math.log(MAX_FACTOR))).astype(np.float32)


def _pins(rules: Sequence[Rule], matcher: Matcher) -> tuple[tuple[int, int], ...]:
    slot_of: dict[int, int] = {}
    product_at: dict[int, int] = {}
    for rule in rules:
        if not isinstance(rule.effect, Pin):
            continue
        product, slot = matcher.index_of(rule.effect.product_id), rule.effect.slot
        if product is not None and slot not in product_at and product not in slot_of:
            product_at[slot] = product
            slot_of[product] = slot
    return tuple(sorted(product_at.items()))


def _cap(cap: CapGroups, matcher: Matcher) -> Cap:
    groups = matcher.groups(cap.per, cap.depth)
    if not cap.products.names_all:
        groups = np.where(matcher.matched(cap.products), groups, 0)
    # A view of plain integers: serving reads one a candidate, and numpy's own scalars are slow to make.
    return Cap(np.ascontiguousarray(groups, dtype=np.uint32).data, cap.most)


def _effect_on(rule: Rule, matcher: Matcher, product: int) -> str | None:
    effect = rule.effect
    if isinstance(effect, Pin):
        return f"pin to slot {effect.slot}" if matcher.index_of(effect.product_id) == product else None
    if isinstance(effect, PriceFloor):
        return None
    meant = matcher.matches(effect.products, product)
    match effect:
        case Include():
            return None if meant else "hidden: not among what the rule includes"
        case Exclude():
            return "hidden: excluded" if meant else None
        case Scale(factor=factor):
            return f"score × {factor:g}" if meant else None
        case CapGroups(most=most, per=per):
            return f"at most {most} of its {per}" if meant and _group(effect, matcher, product) else None
        case PriceBand(price_min=price_min, price_max=price_max):
            inside = within(matcher.prices()[product : product + 1], price_min, price_max)
            return "hidden: outside the price band" if meant and not inside[0] else None
        case InStock():
            return "hidden: not in stock" if meant and not matcher.in_stock()[product] else None
    return None


def _group(cap: CapGroups, matcher: Matcher, product: int) -> int:
    return int(matcher.groups(cap.per, cap.depth)[product])
