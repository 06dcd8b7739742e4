"""The gate: a candidate goes live only where orders that it has not seen say that it is no step back."""

from __future__ import annotations

from dataclasses import dataclass

from training.catalogue_reach import PLACES, RECENT_DAYS
from training.evaluation import Evaluation, paired_difference
from training.list_inspection import Inspection

BASELINES = ("most_bought", "popular")
METRIC = "ndcg@10"
VIEW = "all"
REACH = "reach@10"
NAMED = 20
"""Products that a refusal names; of more it tells the number."""


@dataclass(frozen=True)
class Finding:
    """One condition, and how it was met.

    Attributes:
        met: whether a publication may go on.
        sentence: with its figures, met or not.
    """

    met: bool
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """What the gate said.

    Attributes:
        passed: whether the candidate may be published.
        model: what a publication would serve: `blend` or `most_bought`.
        why: one sentence a condition, with its figures; those not met come first.
        refusals: the sentences for which it was refused; empty where it passed.
        is_lenient: figures decide nothing but the model: nothing is live yet, or too few could be judged by.
    """

    passed: bool
    model: str
    why: tuple[str, ...]
    refusals: tuple[str, ...] = ()
    is_lenient: bool = False


def judge(
    candidate: Evaluation,
    *,
    first: bool,
    min_customers: int,
    min_coverage: float = 0,
    live: Evaluation | None = None,
) -> Verdict:
    """Judge a candidate fitted before the cut.

    Args:
        candidate: its figures, with those of the baselines on the same split.
        first: it would be published, and nothing is live yet.
        min_customers: with fewer to judge by, the figures decide nothing but which model is published.
        min_coverage: what `training.catalogue_reach.reach` must be at least.
        live: figures of the live configuration refitted before the same cut; None where it is the same one.
    """
    too_few = candidate.customers < min_customers
    findings = _findings(candidate, min_coverage, live if candidate.customers else None)
    sentences = _not_met_first(findings)
    if not (too_few or first):
        refusals = tuple(finding.sentence for finding in findings if not finding.met)
        return Verdict(not refusals, "blend", sentences, refusals)
    if first and not too_few and all(finding.met for finding in findings):
        return Verdict(True, "blend", sentences, is_lenient=True)
    better = _better(candidate)
    reason = (
        f"{candidate.customers} customers to judge by, fewer than {min_customers}"
        if too_few
        else "first publication"
    )
    taken = f"{reason}: {better} is taken, the better of blend and most_bought"
    return Verdict(True, better, (*sentences, taken), is_lenient=True)


def judge_lists(verdict: Verdict, inspection: Inspection, min_coverage: float) -> Verdict:
    """The verdict once the lists of all customers are there, just before they are published.

    A product that cannot be ordered refuses them always, too small a share of the shop only where the verdict
    is not lenient.
    """
    reach = _coverage(inspection.reach, inspection.customers, "available products", min_coverage)
    findings = [_available(inspection), reach]
    refusals = tuple(
        finding.sentence
        for finding, can_refuse in zip(findings, (True, not verdict.is_lenient), strict=True)
        if can_refuse and not finding.met
    )
    met = tuple(finding.sentence for finding in findings if finding.sentence not in refusals)
    return Verdict(
        passed=verdict.passed and not refusals,
        model=verdict.model,
        why=(*refusals, *verdict.why, *met),
        refusals=(*verdict.refusals, *refusals),
        is_lenient=verdict.is_lenient,
    )


def _findings(candidate: Evaluation, min_coverage: float, live: Evaluation | None) -> list[Finding]:
    if not candidate.customers:
        return []
    findings = [_against(candidate, baseline) for baseline in BASELINES]
    if live is not None:
        findings.append(_against_live(candidate, live))
    reach = candidate.beyond.get("blend", {}).get(VIEW, {}).get(REACH)
    return [*findings, _coverage(reach, candidate.customers, "products", min_coverage)]


def _not_met_first(findings: list[Finding]) -> tuple[str, ...]:
    return tuple(finding.sentence for finding in sorted(findings, key=lambda finding: finding.met))


def _figure(evaluation: Evaluation, model: str) -> float:
    return evaluation.metrics[model][VIEW][METRIC] or 0.0


def _better(candidate: Evaluation) -> str:
    # Without anybody to judge by the two tie, and the plain baseline is the one that cannot disappoint.
    if not candidate.customers:
        return "most_bought"
    return "blend" if _figure(candidate, "blend") > _figure(candidate, "most_bought") else "most_bought"


def _against(candidate: Evaluation, baseline: str) -> Finding:
    ours, theirs = _figure(candidate, "blend"), _figure(candidate, baseline)
    beats = "beats" if ours > theirs else "does not beat"
    return Finding(
        ours > theirs,
        f"blend {METRIC} {ours:.4f} {beats} {baseline} {theirs:.4f} ({ours - theirs:+.4f}) "
        f"over {candidate.customers} customers",
    )


def _against_live(candidate: Evaluation, live: Evaluation) -> Finding:
    mean, low, high = paired_difference(
        candidate.per_customer["blend"][VIEW], live.per_customer["blend"][VIEW]
    )
    worse = "significantly worse" if high < 0 else "not significantly worse"
    return Finding(
        high >= 0,
        f"{worse} than the live configuration: {METRIC} differs by {mean:+.4f} "
        f"(95% interval {low:+.4f} to {high:+.4f})",
    )


def _coverage(reach: float | None, customers: int, products: str, at_least: float) -> Finding:
    whose = f"the top {PLACES} of {customers} customers"
    what = f"the {products} sold in the last {RECENT_DAYS} days"
    if reach is None:
        return Finding(True, f"{whose} could show none of {what}: there are none")
    asked = f"evaluation.min_coverage asks for {at_least:.1%}"
    return Finding(reach >= at_least, f"{whose} show {reach:.1%} of what they could of {what}; {asked}")


def _available(inspection: Inspection) -> Finding:
    ids = inspection.unavailable
    if not ids:
        return Finding(True, f"all products on the lists of {inspection.customers} customers can be ordered")
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    named = ", ".join(ids[:NAMED])
    return Finding(False, f"listed, but cannot be ordered now: {named}{more}")
