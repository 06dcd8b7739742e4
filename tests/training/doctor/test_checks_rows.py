"""What the doctor says of rows: duplicates, refunds without a sale, rows that could not be read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders import line, staged
from tests.training.doctor.histories import day, diagnosis, healthy
from training.cleaning import Accounting
from training.doctor.checks_rows import accounted, guesses, ignored, nothing_left, quarantined
from training.doctor.findings import Severity
from training.errors import InputRefused


def accounting(kept: int = 90, **quarantined: int) -> Accounting:
    read = kept + sum(quarantined.values())
    return Accounting(read=read, kept=kept, merged=0, ignored={}, quarantined=quarantined)


def test_a_healthy_history_has_nothing_to_complain_of():
    told = {found.code: found.seen for found in diagnosis(healthy()).findings if found.severity}
    # It is a small shop, where nothing ever changes: that is told, and nothing else.
    assert set(told) == {"comparison", "trending", "new_arrivals"}


def test_the_worst_comes_first():
    lines = [*healthy(), line("bot", "c00", "p00", at="1970-01-01")]
    severities = [found.severity for found in diagnosis(lines).findings]
    assert severities == sorted(severities, reverse=True)
    assert severities[0] is Severity.WARNING


def test_every_row_is_accounted_for():
    found = accounted(Accounting(read=10, kept=6, merged=1, ignored={"cancelled": 2}, quarantined={"x": 1}))
    assert found.seen == "10 rows read: 6 kept, 1 merged, 2 ignored, 1 quarantined."
    assert found.severity is Severity.OK


def test_rows_that_could_be_read_are_no_finding():
    assert quarantined(accounting(), 0.05).severity is Severity.OK


def test_a_few_bad_rows_are_noted_with_their_reasons_and_what_to_change():
    found = quarantined(accounting(kept=997, bad_quantity=2, ragged_row=1), 0.05)
    assert found.severity is Severity.NOTE
    assert "3 rows of 1,000" in found.seen
    assert "bad_quantity 2, ragged_row 1" in found.seen
    assert "for bad_quantity, write plain numbers" in found.advice
    assert "for ragged_row, give every row as many fields as the header" in found.advice
    assert found.figures == {"bad_quantity": 2, "ragged_row": 1, "share": 0.003}


def test_bad_rows_near_the_limit_are_a_warning():
    assert quarantined(accounting(kept=97, bad_quantity=3), 0.05).severity is Severity.WARNING


@pytest.mark.parametrize("bad, refused", [(5, False), (6, True)])
def test_the_doctor_refuses_what_a_run_refuses(bad: int, refused: bool):
    rows = accounting(kept=100 - bad, bad_quantity=bad)
    assert (quarantined(rows, 0.05).severity is Severity.REFUSAL) == refused
    if refused:
        with pytest.raises(InputRefused):
            rows.require_usable(0.05)
    else:
        rows.require_usable(0.05)


def test_a_reason_that_nobody_wrote_a_remedy_for_is_told_without_one():
    found = quarantined(accounting(bad_moon=1), 0.05)
    assert found.advice == "quarantine.csv names each row with its line and reason."


def test_the_remedies_of_ids_go_by_what_is_wrong_with_them():
    found = quarantined(accounting(product_id_missing=1), 0.05)
    assert "for product_id_missing, fill the column" in found.advice


def test_nothing_left_is_refused():
    nothing = Accounting(read=3, kept=0, merged=0, ignored={"cancelled": 3}, quarantined={})
    assert nothing_left(nothing).severity is Severity.REFUSAL
    assert "cancelled 3" in nothing_left(nothing).seen
    assert nothing_left(accounting()).severity is Severity.OK


def test_a_history_of_cancelled_orders_is_refused_and_asked_no_more():
    found = diagnosis(line(str(n), at=day(n), status="cancelled") for n in range(5))
    assert found.refused
    assert {"rows", "quarantine"} <= {one.code for one in found.findings}
    assert "guests" not in {one.code for one in found.findings}


def test_more_than_half_of_the_rows_ignored_is_a_warning():
    half = Accounting(read=10, kept=5, merged=0, ignored={"not_a_product": 5}, quarantined={})
    most = Accounting(read=10, kept=4, merged=0, ignored={"not_a_product": 6}, quarantined={})
    assert ignored(half).severity is Severity.OK
    assert ignored(most).severity is Severity.WARNING
    assert "not_a_product 6" in ignored(most).seen


def test_an_export_read_twice_is_told():
    lines = healthy()
    found = diagnosis([*lines, *lines]).finding("duplicates")
    assert found.severity is Severity.WARNING
    assert found.figures["share"] == 0.5
    assert found.figures["duplicates"] == len(lines)


def test_one_overlapping_order_is_no_fault():
    lines = healthy()
    found = diagnosis([*lines, *lines[:2]]).finding("duplicates")
    assert (found.severity, found.figures["duplicates"]) == (Severity.OK, 2)


def test_returns_that_meet_their_sale_are_fine():
    lines = [*healthy(), line("r", "c00", "p00", quantity=-1, at=day(99, 20))]
    found = diagnosis(lines).finding("unmatched_return")
    assert (found.severity, found.figures["returns"]) == (Severity.OK, 1)


def test_refunds_without_a_sale_are_counted():
    never_sold = [line(f"r{n}", "c00", f"gone{n}", quantity=-1, at=day(50)) for n in range(12)]
    found = diagnosis([*healthy(), *never_sold]).finding("unmatched_return")
    assert found.severity is Severity.WARNING
    assert found.figures == {"returns": 12, "unmatched": 12, "share": 1.0}
    assert "earlier orders" in found.advice


def test_what_reading_had_to_guess_is_told():
    read = staged(healthy())
    assert guesses(read).severity is Severity.OK
    found = guesses(replace(read, notes=("orders.csv has days before months",)))
    assert (found.severity, found.seen) == (Severity.NOTE, "orders.csv has days before months.")
