"""What a person reads: whole lines, however narrow the terminal, and paths as they are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.store.versions import VersionInfo
from training.catalog_coverage import CatalogCoverage
from training.report import print_coverage, print_summary, print_versions
from training.summary import GateOutcome, RunSummary

NDCG = {"blend": {"all": {"ndcg@10": 0.3333}}, "most_bought": {"all": {"ndcg@10": 0.4444}}}


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_the_gate_speaks_in_one_line(capsys):
    why = "blend ndcg@10 0.3600 beats most_bought 0.3400, popular [0.1000] over 200 customers of a :shop:v:"
    print_summary(RunSummary(gate=GateOutcome(True, (why,))))
    assert f"gate: passed: {why}\n" in capsys.readouterr().out


def test_what_catalogue_and_orders_lack_of_each_other(capsys):
    coverage = CatalogCoverage(
        read=9,
        merged=3,
        ignored={"grouped": 1},
        quarantined=1,
        products=4,
        out_of_stock=2,
        sold=3,
        sold_not_listed=1,
        sold_not_listed_share=0.125,
        sold_not_listed_examples=("[red]tea[/]",),
        listed_not_sold=2,
        listed_not_sold_examples=("mug", "pot"),
    )
    print_coverage(coverage)
    assert capsys.readouterr().out.splitlines() == [
        "catalogue: 9 rows read: 4 products (2 out of stock), 3 merged, 1 ignored, 1 quarantined",
        "1 of 3 products sold are not in the catalogue (12.5% of purchases): [red]tea[/]",
        "2 of 4 products of the catalogue were never sold: mug, pot",
    ]
    print_coverage(replace(coverage, sold_not_listed=3))
    assert "no product is in both" in capsys.readouterr().out


@pytest.mark.parametrize("model, figure", [("blend", "0.3333"), ("most_bought", "0.4444")])
def test_a_version_shows_the_figure_of_the_model_that_it_serves(capsys, model, figure):
    info = VersionInfo("20261123T130501042Z-1a2b", "2026-11-23", "ci@[host]:v:", model, metrics=NDCG)
    print_versions([info], live=None)
    printed = capsys.readouterr().out
    assert figure in printed
    assert not {"0.3333", "0.4444"} - {figure} <= set(printed.split())
    assert "ci@[host]:v:" in printed
