"""What the doctor found, as one HTML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from training.doctor.checks_placements import MINIMA
from training.doctor.findings import Diagnosis, Finding, Severity
from training.doctor.terminal import verdict
from training.html_report.page import rendered
from training.html_report.plot import Plot

HEADINGS = {
    Severity.REFUSAL: "Must be corrected: training refuses these orders",
    Severity.WARNING: "Should be looked at",
    Severity.NOTE: "Good to know",
    Severity.OK: "In order",
}

STATES = {
    Severity.OK: "works",
    Severity.NOTE: "works in part",
    Severity.WARNING: "shows its fallback",
}
"""What a finding about a placement means for the shop's pages."""

SHOWN_EXAMPLES = 20


@dataclass(frozen=True)
class Subject:
    """What was examined.

    Attributes:
        sources: names of the files and databases.
        clock: seconds since 1970 UTC at which it was.
        sizes: what there is of it, by name: `orders` → 16,750.
    """

    sources: Sequence[str]
    clock: int
    sizes: Mapping[str, int]


def render(diagnosis: Diagnosis, subject: Subject, plots: Sequence[Plot]) -> str:
    """The page."""
    by_code = {finding.code: finding for finding in diagnosis.findings}
    return rendered(
        "training.doctor",
        "doctor.html",
        plots,
        verdict=verdict(diagnosis),
        severity=diagnosis.severity.word,
        subject=subject,
        examined=datetime.fromtimestamp(subject.clock, UTC).strftime("%d %B %Y, %H:%M UTC"),
        groups=[
            (severity.word, HEADINGS[severity], others)
            for severity in (Severity.REFUSAL, Severity.WARNING, Severity.NOTE)
            if (others := _without_placements(diagnosis.at(severity)))
        ],
        fine=_without_placements(diagnosis.at(Severity.OK)),
        placements=[by_code[name] for name in MINIMA if name in by_code],
        states=STATES,
        minima=MINIMA,
        shown_examples=SHOWN_EXAMPLES,
    )


def _without_placements(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.code not in MINIMA]
