"""Every failure that can be expected ends with its exit code and names its cause, never with a traceback."""

from __future__ import annotations

import pytest

from service.store.publisher import VersionWriter
from training import publish as publishing


def test_a_report_that_cannot_be_written_is_refused_before_the_work(training, five_orders):
    outcome = training("evaluate", "--orders", five_orders, "--report", five_orders / "report")
    assert outcome.code == 2
    assert f"--report: {five_orders / 'report'}: Not a directory" in outcome.errors
    assert "Reading orders" not in outcome.errors


def test_a_report_is_written_and_leaves_nothing_else(training, five_orders, tmp_path):
    folder = tmp_path / "new" / "report"
    assert training("evaluate", "--orders", five_orders, "--report", folder).code == 0
    assert sorted(file.name for file in folder.iterdir()) == ["metrics.json", "report.html"]


def test_a_data_folder_that_cannot_be_written_is_refused_before_the_work(training, five_orders, monkeypatch):
    monkeypatch.setenv("RECS_DATA_DIR", str(five_orders / "var"))
    outcome = training("run", "--orders", five_orders)
    assert outcome.code == 2
    assert "RECS_DATA_DIR: " in outcome.errors
    assert "Reading orders" not in outcome.errors


def test_bad_rows_that_cannot_be_kept_aside_end_with_2(training, five_orders, monkeypatch):
    five_orders.write_text(five_orders.read_text() + "6,bob,jam,one,4,2026-01-09\n")
    monkeypatch.setenv("RECS_DATA_DIR", str(five_orders / "var"))
    outcome = training("run", "--orders", five_orders, "--no-publish")
    assert outcome.code == 2
    assert "RECS_DATA_DIR: " in outcome.errors


@pytest.mark.parametrize("value", ["1e300", "0"])
def test_a_configuration_that_cannot_be_fitted_ends_with_2(training, five_orders, value):
    outcome = training("run", "--orders", five_orders, "--set", f"models.als_regularization={value}")
    assert outcome.code == 2
    assert "models.als_regularization" in outcome.errors


def test_a_store_that_lost_what_was_written_ends_with_5(training, five_orders, store, reader, monkeypatch):
    check_and_publish = VersionWriter.publish

    def publish_after_a_loss(self, *arguments, **options):
        store.delete(*store.scan_iter("recs:v:*:c:for_you:*"))
        return check_and_publish(self, *arguments, **options)

    monkeypatch.setattr(VersionWriter, "publish", publish_after_a_loss)
    outcome = training("run", "--orders", five_orders)
    assert outcome.code == 5
    assert "the store lost what was written" in outcome.errors
    assert ":c:for_you: holds 0 of 2 fields" in outcome.errors
    assert "recs:v:" in outcome.errors
    assert reader.live() is None


def test_what_the_store_cannot_hold_ends_with_2(training, five_orders, reader, monkeypatch):
    def refuse(*columns):
        raise ValueError("a score is not a number")

    monkeypatch.setattr(publishing, "encode_lists", refuse)
    outcome = training("run", "--orders", five_orders)
    assert outcome.code == 2
    assert "cannot be published: a score is not a number" in outcome.errors
    assert reader.live() is None
