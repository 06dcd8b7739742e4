"""The gate: a candidate goes live only where orders that it has not seen say that it is no step back."""

from __future__ import annotations

from dataclasses import dataclass

from training.evaluation import Evaluation, paired_difference

BASELINES = ("most_bought", "popular")
METRIC = "ndcg@10"
VIEW = "all"


@dataclass(frozen=True)
class Verdict:
    """What the gate said.

    Attributes:
        passed: whether the candidate may be published.
        model: what a publication would serve: `blend` or `most_bought`.
        why: one sentence a finding, with its figures.
    """

    passed: bool
    model: str
    why: tuple[str, ...]


def judge(
    candidate: Evaluation, *, first: bool, min_customers: int, live: Evaluation | None = None
) -> Verdict:
    """Judge a candidate fitted before the cut.

    Args:
        candidate: its figures, with those of the baselines on the same split.
        first: it would be published, and nothing is live yet.
        min_customers: with fewer to judge by, the figures decide nothing but which model is published.
        live: figures of the live configuration refitted before the same cut; None where it is the same one.
    """
    if candidate.customers < min_customers:
        better = _better(candidate)
        return Verdict(
            True,
            better,
            (
                f"{candidate.customers} customers to judge by, fewer than {min_customers}: "
                f"{better} is taken, the better of blend and most_bought",
            ),
        )
    losses = [loss for baseline in BASELINES if (loss := _loss_to(candidate, baseline))]
    if not losses:
        worse = _worse_than_live(candidate, live) if live else None
        return Verdict(worse is None, "blend", (worse or _wins(candidate),))
    if first:
        better = _better(candidate)
        return Verdict(
            True,
            better,
            (*losses, f"first publication: {better} is taken, the better of blend and most_bought"),
        )
    return Verdict(False, "blend", tuple(losses))


def _figure(evaluation: Evaluation, model: str) -> float:
    return evaluation.metrics[model][VIEW][METRIC] or 0.0


def _better(candidate: Evaluation) -> str:
    # Without anybody to judge by the two tie, and the plain baseline is the one that cannot disappoint.
    if not candidate.customers:
        return "most_bought"
    return "blend" if _figure(candidate, "blend") > _figure(candidate, "most_bought") else "most_bought"


def _loss_to(candidate: Evaluation, baseline: str) -> str | None:
    ours, theirs = _figure(candidate, "blend"), _figure(candidate, baseline)
    if ours > theirs:
        return None
    customers = candidate.customers
    return f"blend {METRIC} {ours:.4f} does not beat {baseline} {theirs:.4f} over {customers} customers"


def _worse_than_live(candidate: Evaluation, live: Evaluation) -> str | None:
    mean, low, high = paired_difference(
        candidate.per_customer["blend"][VIEW], live.per_customer["blend"][VIEW]
    )
    if high >= 0:
        return None
    return (
        f"significantly worse than the live configuration: {METRIC} differs by {mean:+.4f} "
        f"(95% interval {low:+.4f} to {high:+.4f})"
    )


def _wins(candidate: Evaluation) -> str:
    ours, customers = _figure(candidate, "blend"), candidate.customers
    against = ", ".join(f"{name} {_figure(candidate, name):.4f}" for name in BASELINES)
    return f"blend {METRIC} {ours:.4f} beats {against} over {customers} customers"
