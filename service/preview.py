"""The preview's trace: how an answer came about, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from service.placements import LIVE_LISTS, Placement
from service.query import Candidate, Candidates, Query, Trace
from service.rules.plan import Plan
from service.snapshot import Snapshot
from service.store.codec import REASONS

TRACED_CANDIDATES = 100
"""Candidates shown of each list; an answer has 100 items at most."""


def trace_of(
    query: Query,
    placement: Placement,
    candidates: Candidates,
    snapshot: Snapshot,
    trace: Trace,
    plan: Plan,
    explained: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The trace of one answer.

    Args:
        trace: as `serve` filled it.
        plan: the rules that were in force.
        explained: the customer's explain record: products, and scores by model in their order; None where
            none is kept.
    """
    scores = _scores_by_product(explained) if explained else {}
    return {
        "model_version": snapshot.version,
        "customer_id": candidates.customer_id if candidates.known_customer else None,
        "candidates": [
            {
                "source": name,
                "own": name in placement.sources,
                "items": [
                    _candidate(candidate, snapshot, scores)
                    for candidate in islice(candidates.lists.get(name, ()), TRACED_CANDIDATES)
                ],
            }
            for name in placement.lists
            # A visitor without a session needs no line that says so.
            if name in candidates.lists or name not in LIVE_LISTS
        ],
        "rules": _rule_effects(candidates, snapshot, plan),
        "dropped": [
            {"product_id": snapshot.product_id(candidate[0]), "source": name, "why": why}
            for name, candidate, why in trace.dropped
        ],
    }


def _rule_effects(candidates: Candidates, snapshot: Snapshot, plan: Plan) -> list[dict[str, Any]]:
    """What each rule does to the candidates that are traced, and to pinned products."""
    named = {
        candidate[0]
        for listed in candidates.lists.values()
        for candidate in islice(listed, TRACED_CANDIDATES)
    }
    touched = sorted(named | {product for _, product in plan.pins})
    return [
        {"product_id": snapshot.product_id(product), **effect}
        for product in touched
        for effect in plan.effects(product)
    ]


def _scores_by_product(explained: Mapping[str, Any]) -> dict[int, dict[str, float]]:
    models = list(explained["scores"])
    columns = zip(*explained["scores"].values(), strict=True)
    rows = zip(explained["products"], columns, strict=True)
    return {product: dict(zip(models, row, strict=True)) for product, row in rows}


def _candidate(
    candidate: Candidate, snapshot: Snapshot, scores: Mapping[int, dict[str, float]]
) -> dict[str, Any]:
    product, score, code, of = candidate
    return {
        "product_id": snapshot.product_id(product),
        "score": round(score, 4),
        "scores": scores.get(product),
        "reason": {"code": REASONS[code], "product_id": snapshot.product_id(of) if of >= 0 else None},
    }
