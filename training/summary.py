"""What a run did, as one object: the `--json` output, the line of `versions`, the page of a report."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from training.catalog_coverage import CatalogCoverage

ROWS = ("read", "kept", "merged", "ignored", "quarantined")


@dataclass(frozen=True)
class GateOutcome:
    """What the gate said; as it stands here, that it has not been asked."""

    passed: bool = False
    why: tuple[str, ...] = ()


@dataclass
class RunSummary:
    """Filled in as the run goes, so that a refused one tells how far it came.

    Attributes:
        version: the version published, or None.
        model: `blend` or `most_bought`; empty before the gate.
        blend: what the blend is: `two_stage`, or `fixed_blend` where there was too little to learn from.
        rows: order lines by `ROWS`.
        quarantine, ignored: rows by reason.
        catalog: how far the catalogue covers the orders; None without one.
        events: of `--events`: how many counted, were left out, became order lines or interest; else empty.
        doctor: what the doctor's quick questions found, `Finding.as_json`, the worst first.
        metrics: model → view → metric → figure, on orders that the models had not seen.
        evaluation: `RollingEvaluation.as_json`: by cutoff, with intervals, tests, segments.
        seconds, peak_mb: by stage.
    """

    version: str | None = None
    published: bool = False
    model: str = ""
    blend: str = ""
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ROWS, 0))
    quarantine: dict[str, int] = field(default_factory=dict)
    ignored: dict[str, int] = field(default_factory=dict)
    orders: int = 0
    customers: int = 0
    products: int = 0
    interactions: int = 0
    catalog: CatalogCoverage | None = None
    events: dict[str, int] = field(default_factory=dict)
    doctor: list[dict[str, Any]] = field(default_factory=list)
    judged_customers: int = 0
    metrics: dict[str, Any] = field(default_factory=dict)
    evaluation: dict[str, Any] = field(default_factory=dict)
    gate: GateOutcome = GateOutcome()
    seconds: dict[str, float] = field(default_factory=dict)
    peak_mb: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
