"""What contradicts itself in a set of rules, so that it must not be saved."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from service.rules.findings import Finding
from service.rules.matching import Matcher
from service.rules.rule import Exclude, Include, Pin, Rule

_CURE = "Limit one of them to other placements, segments, categories or times, or switch it off."


def conflicts(
    rules: Sequence[Rule], matcher: Matcher, placements: Collection[str], at: float
) -> list[Finding]:
    """All contradictions, in the order of the rules.

    Rules that are switched off, or whose schedule has ended, contradict nothing.

    Args:
        matcher: of the catalogue as it is now; an empty one where nothing is published.
        placements: names of those that there are.
        at: now, in seconds since 1970.
    """
    effective = [
        (place, rule) for place, rule in enumerate(rules) if rule.enabled and rule.scope.ends_at > at
    ]
    found = [*_repeated_ids(rules), *_unknown_placements(rules, placements)]
    found += _colliding_pins(effective)
    found += _pins_of_hidden(effective, matcher)
    return sorted(found, key=lambda finding: -1 if finding.place is None else finding.place)


def _repeated_ids(rules: Sequence[Rule]) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for place, rule in enumerate(rules):
        if first.setdefault(rule.id, place) != place:
            yield Finding(place, "id", f"There is another rule {rule.id}; each needs an id of its own.")


def _unknown_placements(rules: Sequence[Rule], placements: Collection[str]) -> Iterator[Finding]:
    for place, rule in enumerate(rules):
        unknown = [name for name in rule.scope.placements if name not in placements]
        if unknown:
            detail = f"No such placement: {', '.join(unknown)}; there are {', '.join(placements)}."
            yield Finding(place, "placements", detail)


def _colliding_pins(rules: Sequence[tuple[int, Rule]]) -> Iterator[Finding]:
    earlier: list[tuple[Rule, Pin]] = []
    for place, rule in rules:
        pin = rule.effect
        if not isinstance(pin, Pin):
            continue
        for other, taken in earlier:
            same_slot, same_product = taken.slot == pin.slot, taken.product_id == pin.product_id
            if (same_slot or same_product) and other.scope.overlaps(rule.scope):
                where = f"slot {pin.slot}" if same_slot else f"{pin.product_id}, to slot {taken.slot}"
                detail = f"{_called(other)} pins {where} too, at the same place and time. {_CURE}"
                yield Finding(place, "slot" if same_slot else "product_id", detail)
        earlier.append((rule, pin))


def _pins_of_hidden(rules: Sequence[tuple[int, Rule]], matcher: Matcher) -> Iterator[Finding]:
    hiding = [rule for _, rule in rules if isinstance(rule.effect, Include | Exclude)]
    for place, rule in rules:
        if not isinstance(rule.effect, Pin):
            continue
        product_id = rule.effect.product_id
        for other in hiding:
            if other.scope.overlaps(rule.scope) and _hides(other, product_id, matcher):
                why = "excludes" if isinstance(other.effect, Exclude) else "does not include"
                detail = f"{_called(other)} {why} {product_id} at the same place and time. {_CURE}"
                yield Finding(place, "product_id", detail)


def _hides(rule: Rule, product_id: str, matcher: Matcher) -> bool:
    """By the catalogue; for a product that it does not have, by the ids that the rule names."""
    effect = rule.effect
    if not isinstance(effect, Include | Exclude):
        return False
    product = matcher.index_of(product_id)
    if product is not None:
        return matcher.matches(effect.products, product) == isinstance(effect, Exclude)
    return isinstance(effect, Exclude) and effect.products.only_names(product_id)


def _called(rule: Rule) -> str:
    return f"Rule {rule.id} ({rule.name})" if rule.name else f"Rule {rule.id}"
