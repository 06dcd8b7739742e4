"""What the options of a run mean, told by what the run makes of five orders."""

from __future__ import annotations

import pytest

KEPT_BEFORE_THE_6TH = {"read": 6, "kept": 2, "merged": 0, "ignored": 4, "quarantined": 0}
KEPT_WITH_THE_6TH = {"read": 6, "kept": 4, "merged": 0, "ignored": 2, "quarantined": 0}
"""Two rows are of midnight, UTC, that begins the 6th."""


@pytest.mark.parametrize(
    "as_of, rows",
    [
        ("2026-01-06", KEPT_WITH_THE_6TH),
        ("2026-01-06T00:00:00Z", KEPT_WITH_THE_6TH),
        ("2026-01-05T23:59:59Z", KEPT_BEFORE_THE_6TH),
        ("2026-01-05T23:59:59.9Z", KEPT_BEFORE_THE_6TH),
        ("2026-01-06T01:00+01:00", KEPT_WITH_THE_6TH),
        ("2026-01-06T00:59:59+01:00", KEPT_BEFORE_THE_6TH),
    ],
)
def test_as_of(training, five_orders, as_of, rows):
    run = training("run", "--orders", five_orders, "--no-publish", "--json", "--as-of", as_of)
    assert run.summary["rows"] == rows


def test_as_of_without_a_zone_is_in_the_zone_of_the_orders(training, five_orders):
    berlin = ["--timezone", "Europe/Berlin", "--as-of", "2026-01-06"]
    run = training("run", "--orders", five_orders, "--no-publish", "--json", *berlin)
    assert run.summary["rows"] == KEPT_WITH_THE_6TH


def test_as_of_without_a_zone_is_no_utc(training, five_orders):
    # Half past midnight in Berlin is before midnight in UTC, in which these orders' times are written.
    five_orders.write_text(five_orders.read_text().replace("2026-01-06", "2026-01-06T00:00Z"))
    berlin = ["--timezone", "Europe/Berlin", "--as-of", "2026-01-06T00:30"]
    run = training("run", "--orders", five_orders, "--no-publish", "--json", *berlin)
    assert run.summary["rows"] == KEPT_BEFORE_THE_6TH


@pytest.mark.parametrize(
    "as_of",
    ["yesterday", "9999-12-31T23:59:59-12:00", "1969-12-31", "2026-02-30", "2026-03-29T02:30", ""],
)
def test_what_is_no_time_ends_with_2(training, five_orders, as_of):
    outcome = training(
        "run", "--orders", five_orders, "--no-publish", "--timezone", "Europe/Berlin", "--as-of", as_of
    )
    assert outcome.code == 2
    assert f"--as-of {as_of!r} is no ISO 8601 time" in outcome.errors


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "mysql", "mariadb"])
def test_the_address_of_a_database_needs_a_query(training, scheme):
    outcome = training("run", "--orders", f"{scheme}://user:secret@host/shop", "--no-publish")
    assert outcome.code == 2
    assert f"{scheme}://user@host" in outcome.errors
    assert "--query" in outcome.errors
    assert "secret" not in outcome.errors
