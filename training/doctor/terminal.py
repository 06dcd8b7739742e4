"""The report in a terminal: what is wrong first, what is fine in one line each."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from training.doctor.findings import NO_BREAK, Diagnosis, Finding, Severity

MARKS = {
    Severity.REFUSAL: ("✗", "bold red"),
    Severity.WARNING: ("!", "bold yellow"),
    Severity.NOTE: ("·", "bold cyan"),
    Severity.OK: ("✓", "green"),
}

SHOWN_EXAMPLES = 3


def print_diagnosis(diagnosis: Diagnosis, console: Console | None = None) -> None:
    """Every finding, the worst first."""
    console = console or Console(highlight=False, emoji=False)
    report = Table.grid(padding=(0, 1))
    for finding in diagnosis.findings:
        report.add_row(*_row(finding))
    console.print(report)
    console.print(Text(verdict(diagnosis), style="bold"))


def verdict(diagnosis: Diagnosis) -> str:
    """`2 warnings, 3 notes; training takes these orders`"""
    told = [
        f"{len(found)} {severity.word}{'s' if len(found) != 1 else ''}"
        for severity in (Severity.REFUSAL, Severity.WARNING, Severity.NOTE)
        if (found := diagnosis.at(severity))
    ]
    outcome = "training refuses these orders" if diagnosis.refused else "training takes these orders"
    return f"{', '.join(told) or 'nothing to complain of'}; {outcome}"


def in_passing(diagnosis: Diagnosis) -> list[str]:
    """A line for each warning, for a run to print; notes are left to the doctor's own report."""
    return [
        f"doctor: {finding.title}: {printable(finding.seen)} {finding.advice}"
        for finding in diagnosis.at(Severity.WARNING)
    ]


def _row(finding: Finding) -> tuple[Text, Text]:
    mark, style = MARKS[finding.severity]
    # Ids and titles may hold [brackets]: Text takes them as they are.
    told = Text.assemble((f"{finding.title}: ", "bold"), printable(finding.seen))
    if finding.severity is not Severity.OK:
        for example in finding.examples[1:SHOWN_EXAMPLES]:
            told.append(f"\n  {printable(example)}", style="dim")
        if len(finding.examples) > SHOWN_EXAMPLES:
            told.append(f"\n  … {len(finding.examples) - SHOWN_EXAMPLES:,} more", style="dim")
        if finding.advice:
            told.append(f"\n→ {finding.advice}")
    return Text(mark, style=style), told


def printable(text: str) -> str:
    """Without control characters: an escape sequence in a title would drive the reader's terminal."""
    shown = (one if one.isprintable() or one == NO_BREAK else "\N{REPLACEMENT CHARACTER}" for one in text)
    return "".join(shown)
