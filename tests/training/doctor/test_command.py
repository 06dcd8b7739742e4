"""`python -m training doctor` through its command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import line
from tests.training.doctor.histories import healthy
from training import columns as c

HEADER = ",".join((*c.ORDER_REQUIRED, c.CURRENCY, c.TITLE))
SEVERITIES = {"ok", "note", "warning", "refusal"}


def csv_of(lines: list[dict[str, object]]) -> str:
    rows = [",".join(str(row.get(name) or "") for name in HEADER.split(",")) for row in lines]
    return "\n".join([HEADER, *rows, ""])


@pytest.fixture(autouse=True)
def no_store(environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor needs none."""
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(csv_of(healthy()))
    return path


def codes(outcome) -> dict[str, str]:
    return {found["code"]: found["severity"] for found in outcome.summary["findings"]}


def test_a_healthy_history(training, orders, tmp_path):
    outcome = training("doctor", "--orders", orders, "--json")
    assert (outcome.code, outcome.summary["severity"]) == (0, "note")
    assert set(codes(outcome).values()) <= SEVERITIES
    page = tmp_path / "var" / "doctor" / "doctor.html"
    assert outcome.summary["report"] == str(page)
    assert "<svg" in page.read_text()


def test_the_report_goes_where_it_is_wanted(training, orders, tmp_path):
    outcome = training("doctor", "--orders", orders, "--report", tmp_path / "new" / "folder")
    assert outcome.code == 0
    assert (tmp_path / "new" / "folder" / "doctor.html").exists()
    assert str(tmp_path / "new" / "folder" / "doctor.html") in outcome.errors


def test_warnings_do_not_change_the_exit_code(training, orders):
    orders.write_text(csv_of([*healthy(), line("old", at="1970-01-01")]))
    outcome = training("doctor", "--orders", orders, "--json")
    assert (outcome.code, codes(outcome)["ancient_dates"]) == (0, "warning")


def test_the_catalogue_is_examined_too(training, orders, tmp_path):
    catalog = tmp_path / "catalog.csv"
    catalog.write_text("product_id,title\n4711,Tea\n")
    outcome = training("doctor", "--orders", orders, "--catalog", catalog, "--json")
    assert (outcome.code, codes(outcome)["sold_not_listed"]) == (0, "warning")


def test_too_many_bad_rows_end_with_3_as_a_run_would(training, orders, tmp_path):
    lines = csv_of(healthy()).splitlines()
    lines[1:101] = [row.replace(",1,2.5,", ",one,2.5,") for row in lines[1:101]]
    orders.write_text("\n".join(lines))
    outcome = training("doctor", "--orders", orders, "--json")
    assert outcome.code == 3
    assert codes(outcome)["quarantine"] == "refusal"
    assert "100 rows of 600" in outcome.errors
    assert training("run", "--orders", orders, "--no-publish").code == 3
    assert len((tmp_path / "var" / "doctor" / "quarantine.csv").read_text().splitlines()) == 101
    # All other questions are answered too: they may be the cause.
    assert codes(outcome)["guests"] == "ok"

    allowed = training("doctor", "--orders", orders, "--json", "--set", "orders.max_quarantined=0.2")
    assert (allowed.code, codes(allowed)["quarantine"]) == (0, "warning")


def test_a_quarantine_of_an_earlier_visit_does_not_stay(training, orders, tmp_path):
    orders.write_text(csv_of(healthy()) + "x,ann,tea,one,1,2026-01-05,EUR,Tea\n")
    training("doctor", "--orders", orders)
    assert (tmp_path / "var" / "doctor" / "quarantine.csv").exists()
    orders.write_text(csv_of(healthy()))
    training("doctor", "--orders", orders)
    assert not (tmp_path / "var" / "doctor" / "quarantine.csv").exists()


@pytest.mark.parametrize("content", ["", "no,such,columns\n1,2,3\n", HEADER + "\n"])
def test_what_cannot_be_read_at_all_ends_with_3_and_a_page(training, orders, tmp_path, content):
    orders.write_text(content)
    outcome = training("doctor", "--orders", orders, "--json")
    assert outcome.code == 3
    assert codes(outcome) == {"unreadable": "refusal"}
    assert "orders.csv" in outcome.errors
    assert "orders.csv" in (tmp_path / "var" / "doctor" / "doctor.html").read_text()


def test_a_missing_file_ends_with_3(training, tmp_path):
    assert training("doctor", "--orders", tmp_path / "none.csv").code == 3


def test_orders_that_are_all_cancelled_end_with_3(training, orders):
    orders.write_text(f"{HEADER},status\n1,ann,tea,1,2.5,2026-01-05,EUR,Tea,cancelled\n")
    outcome = training("doctor", "--orders", orders, "--json")
    assert outcome.code == 3
    assert "None of 1 row is a purchase: cancelled 1" in outcome.errors


@pytest.mark.parametrize("wrong", ["--format=xls", "--timezone=Mars", "--set=x.y=1", "--engine=spark"])
def test_wrong_usage_ends_with_2(training, orders, wrong):
    assert training("doctor", "--orders", orders, wrong).code == 2


def test_a_report_folder_that_cannot_be_written_ends_with_2_before_the_work(training, orders, tmp_path):
    (tmp_path / "file").write_text("")
    outcome = training("doctor", "--orders", orders, "--report", tmp_path / "file" / "folder")
    assert outcome.code == 2
    assert "--report" in outcome.errors


def test_orders_are_needed(training):
    assert training("doctor").code == 2


def test_a_run_says_what_is_wrong_and_goes_on(training, orders):
    orders.write_text(csv_of([*healthy(), line("late", at="2090-01-01")]))
    outcome = training("run", "--orders", orders, "--no-publish", "--json")
    assert outcome.code == 0
    assert "doctor: Future dates: In the future: 1 order" in outcome.errors
    assert [(found["code"], found["severity"]) for found in outcome.summary["doctor"]] == [
        ("future_dates", "warning")
    ]
    assert "doctor" in outcome.summary["seconds"]


def test_a_run_on_a_healthy_history_hears_nothing(training, orders):
    outcome = training("run", "--orders", orders, "--no-publish", "--json")
    assert outcome.summary["doctor"] == []
    assert "doctor:" not in outcome.errors
