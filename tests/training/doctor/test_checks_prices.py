"""What the doctor says of prices: currencies, and lines that cost nothing."""

from __future__ import annotations

from tests.training.doctor.histories import diagnosis, healthy
from training.doctor.findings import Severity


def test_one_currency_is_fine_and_none_too():
    assert "in EUR" in diagnosis(healthy()).finding("currencies").seen
    none = diagnosis(row | {"currency": None} for row in healthy()).finding("currencies")
    assert (none.severity, none.seen) == (Severity.OK, "No currency is named.")


def test_a_mix_of_currencies_is_a_warning():
    lines = [row | {"currency": "USD"} if n % 4 == 0 else row for n, row in enumerate(healthy())]
    found = diagnosis(lines).finding("currencies")
    assert found.severity is Severity.WARNING
    assert found.figures == {"EUR": 450, "USD": 150}


def test_a_single_line_in_another_currency_is_a_note():
    first, *rest = healthy()
    found = diagnosis([first | {"currency": "USD"}, *rest]).finding("currencies")
    assert (found.severity, found.figures) == (Severity.NOTE, {"EUR": 599, "USD": 1})


def test_some_lines_without_a_currency_are_a_note():
    first, *rest = healthy()
    found = diagnosis([first | {"currency": None}, *rest]).finding("currencies")
    assert (found.severity, found.figures) == (Severity.NOTE, {"EUR": 599, "none": 1})


def test_prices():
    assert diagnosis(healthy()).finding("free_lines").severity is Severity.OK
    free = diagnosis(row | {"unit_price": 0} for row in healthy()).finding("free_lines")
    assert (free.severity, free.figures["lines"]) == (Severity.WARNING, 600)
    some = [row | {"unit_price": 0} if n % 20 == 0 else row for n, row in enumerate(healthy())]
    assert diagnosis(some).finding("free_lines").severity is Severity.NOTE
