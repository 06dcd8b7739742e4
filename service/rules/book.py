"""One revision of the rules in a process, with the plans made of it so far."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from math import inf

from service.rules.compile import compile_plan
from service.rules.matching import Catalogue, Matcher
from service.rules.plan import NO_RULES, Plan
from service.rules.rule import Path, Rule, category_path

MAX_PLANS = 64
"""Kept of the latest snapshot; with 100,000 products a plan takes up to 0.5 MB, and 0.4 MB more a cap."""

_MAX_PLACES = 4096
"""Combinations of placement, segment, context category and time whose rules are remembered."""


class RuleBook:
    """Immutable but for its cache of plans; safe to share between threads.

    Attributes:
        revision: its number; 0 where no rules were ever published, None for a draft.
        rules: all of them, in their order.
    """

    def __init__(self, rules: Sequence[Rule] = (), revision: int | None = 0) -> None:
        self.revision = revision
        self.rules = tuple(rules)
        self._in_force = [rule for rule in rules if rule.enabled]
        self._asks_for_context = any(rule.scope.context_category for rule in self._in_force)
        times = {time for rule in self._in_force for time in (rule.scope.starts_at, rule.scope.ends_at)}
        self._boundaries = sorted(times - {-inf, inf})
        self._plans: _Plans | None = None

    def plan_for(
        self,
        catalogue: Catalogue,
        placement: str,
        segment: str,
        context_ids: Sequence[str],
        at: float,
        category: str | None = None,
    ) -> Plan:
        """The plan of the rules that hold there and then.

        Args:
            catalogue: a snapshot; plans are kept for the latest one that was asked for.
            placement: its name.
            segment: one of `service.rules.rule.SEGMENTS`.
            context_ids: of the page's or the cart's products; rules look at the first.
            at: seconds since 1970.
            category: the path that the page is about, where it has no products.
        """
        if not self._in_force:
            return NO_RULES
        plans = self._plans
        if plans is None or plans.catalogue is not catalogue:
            plans = self._plans = _Plans(self._in_force, self._boundaries, catalogue)
        context: Path | None = None
        if self._asks_for_context and context_ids:
            context = plans.matcher.path(plans.matcher.category_code(context_ids[0]))
        elif self._asks_for_context and category:
            context = category_path(category)
        return plans.at_place(placement, segment, context, bisect_right(self._boundaries, at))


class _Plans:
    """The plans of one snapshot. What is kept hangs on which rules hold, which is the same in many places."""

    def __init__(self, rules: Sequence[Rule], boundaries: Sequence[float], catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.matcher = Matcher(catalogue)
        self._rules = rules
        self._boundaries = boundaries
        self._holding = lru_cache(maxsize=_MAX_PLACES)(self._find_holding)
        self._compiled = lru_cache(maxsize=MAX_PLANS)(self._compile)

    def at_place(self, placement: str, segment: str, context: Path | None, epoch: int) -> Plan:
        """`context`: a category; `epoch`: how many boundaries of schedules have passed."""
        return self._compiled(self._holding(placement, segment, context, epoch), epoch)

    def _find_holding(self, placement: str, segment: str, context: Path | None, epoch: int) -> frozenset[int]:
        # Nothing begins or ends within an epoch: any time of it will do, such as its first.
        at = self._boundaries[epoch - 1] if epoch else -inf
        return frozenset(
            place
            for place, rule in enumerate(self._rules)
            if rule.scope.holds_at(at) and rule.scope.covers(placement, segment, context)
        )

    def _compile(self, holding: frozenset[int], epoch: int) -> Plan:
        until = self._boundaries[epoch] if epoch < len(self._boundaries) else inf
        if not holding:
            return NO_RULES._replace(until=until)
        return compile_plan([self._rules[place] for place in sorted(holding)], self.matcher, until)
