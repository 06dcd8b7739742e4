"""The report in a terminal."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from tests.builders import line
from tests.training.doctor.histories import diagnosis, healthy
from training.doctor.findings import Diagnosis, Finding, Severity, percent
from training.doctor.terminal import in_passing, print_diagnosis, verdict


def printed(found: Diagnosis) -> str:
    file = io.StringIO()
    print_diagnosis(found, Console(file=file, width=200, highlight=False, emoji=False))
    return file.getvalue()


def finding(severity: Severity, seen: str = "seen.", **more: Any) -> Finding:
    return Finding("code", "Title", severity, seen, **more)


def test_what_is_wrong_comes_first_with_what_to_do():
    found = diagnosis([*healthy(), line("late", at="2031-01-01")])
    lines = printed(found).splitlines()
    assert lines[0].startswith("! Future dates: In the future: 1 order")
    assert lines[1].strip().startswith("→ Age is counted from the last order")
    assert lines[-1].startswith("1 warning, ")


def test_the_verdict():
    assert verdict(Diagnosis.of([finding(Severity.OK)])) == (
        "nothing to complain of; training takes these orders"
    )
    refused = Diagnosis.of([finding(Severity.NOTE), finding(Severity.REFUSAL), finding(Severity.NOTE)])
    assert verdict(refused) == "1 refusal, 2 notes; training refuses these orders"


def test_markup_and_escape_sequences_in_ids_are_shown_and_not_obeyed():
    text = printed(Diagnosis.of([finding(Severity.NOTE, "[red]a[/] \x1b[2J b", advice="do [this]")]))
    assert "[red]a[/]" in text
    assert "[this]" in text
    assert "\x1b" not in text


def test_a_few_examples_are_shown_and_the_rest_counted():
    text = printed(
        Diagnosis.of([finding(Severity.WARNING, examples=("one", "two", "three", "four", "five"))])
    )
    assert "three" in text
    assert "four" not in text
    assert "2 more" in text


def test_a_run_hears_of_warnings_only():
    found = Diagnosis.of(
        [finding(Severity.NOTE), finding(Severity.WARNING, "w.", advice="a."), finding(Severity.OK)]
    )
    assert in_passing(found) == ["doctor: Title: w. a."]


def test_a_run_shows_escape_sequences_and_does_not_obey_them():
    (told,) = in_passing(Diagnosis.of([finding(Severity.WARNING, "\x1b[2J")]))
    assert "\x1b" not in told


def test_a_share_is_shown_as_it_is():
    found = Diagnosis.of([finding(Severity.OK, f"{percent(0.075)} of it")])
    assert "7.5\N{NO-BREAK SPACE}% of it" in printed(found)
