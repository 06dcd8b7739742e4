"""`python -m training evaluate`: what it prints, and what it leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.builders import order_file
from training.cli import main
from training.views import VIEWS

FAST = (
    "--set",
    "models.als_iterations=2",
    "--set",
    "models.profile=quick",
    "--set",
    "evaluation.window_days=28",
)


@pytest.fixture(scope="module")
def report(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a report on the shop, with a catalogue that has one product left."""
    folder = tmp_path_factory.mktemp("report")
    catalog = folder / "products.csv"
    rows = [
        f"t{taste}-{at:02},Thing {at} of kind {taste},Kind {taste},{taste + at == 0}"
        for taste in range(8)
        for at in range(15)
    ]
    catalog.write_text(
        "\n".join(["product_id,title,category,in_stock", *rows, ""])
        .replace("True", "yes")
        .replace("False", "no")
    )
    arguments = [
        "evaluate",
        "--orders",
        shop,
        "--catalog",
        catalog,
        "--report",
        folder / "out",
        "--json",
        *FAST,
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECS_DATA_DIR", str(folder / "var"))
        result = CliRunner().invoke(main, [str(one) for one in arguments])
    assert result.exit_code == 0, result.stderr
    assert result.stdout == (folder / "out" / "metrics.json").read_text()
    return folder / "out"


@pytest.fixture(scope="module")
def told(report: Path) -> dict:
    return json.loads((report / "metrics.json").read_text())


def test_metrics_by_model_view_and_name(told):
    assert told["metrics"].keys() >= {"blend", "most_bought", "popular", "als"}
    for views in told["metrics"].values():
        assert tuple(views) == VIEWS
        assert 0 <= views["all"]["ndcg@10"] <= 1
    assert told["metrics"]["blend"]["all"]["ndcg@10"] > told["metrics"]["als"]["all"]["ndcg@10"]


def test_three_windows_with_what_goes_beside_the_means(told):
    found = told["evaluation"]
    assert len(found["cutoffs"]) == 3
    assert found["cutoffs"][0]["end"] == found["cutoffs"][1]["cut"]
    low, high = found["intervals"]["blend"]["all"]["ndcg@10"]
    assert low < told["metrics"]["blend"]["all"]["ndcg@10"] < high
    assert {of["view"] for of in found["comparisons"]} == set(VIEWS)
    assert found["segments"]["blend"]["all"]["heavy"]["customers"] > 0


def test_stock_is_told_where_a_catalogue_tells_it(told):
    # One product of 120 is to be had.
    assert told["evaluation"]["beyond"]["popular"]["all"]["unavailable@10"] >= 0.9


def test_the_page_says_it_in_words(report):
    page = (report / "report.html").read_text()
    assert "Of 100 customers, " in page
    assert page.count("<svg") >= 6


def test_fewer_windows_and_tables_on_the_terminal(shop, tmp_path, training):
    result = CliRunner().invoke(
        main,
        [
            str(one)
            for one in (
                "evaluate",
                "--orders",
                shop,
                "--report",
                tmp_path / "out",
                *FAST,
                "--set",
                "evaluation.cutoffs=1",
            )
        ],
    )
    assert result.exit_code == 0
    for view in VIEWS:
        assert f"View {view}: " in result.stdout
    assert "in 1 window" in result.stdout
    assert "spend_caught@10" in result.stdout
    assert f"the same with pictures: {tmp_path / 'out' / 'report.html'}" in result.stderr


def test_too_short_a_history_gets_a_page_that_says_so(training, tmp_path):
    orders = order_file(tmp_path, "1,anna,tea,1,3.5,2026-01-01", "2,bob,tea,1,3.5,2026-01-01")
    outcome = training("evaluate", "--orders", orders, "--report", tmp_path / "out", "--json")
    assert outcome.code == 0
    assert outcome.summary["metrics"] == {}
    assert "too short" in (tmp_path / "out" / "report.html").read_text()
