"""What a person reads: whole lines, however narrow the terminal, and paths as they are."""

from __future__ import annotations

import pytest

from service.store.versions import VersionInfo
from training.report import print_summary, print_versions
from training.summary import GateOutcome, RunSummary

NDCG = {"blend": {"all": {"ndcg@10": 0.3333}}, "most_bought": {"all": {"ndcg@10": 0.4444}}}


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_the_gate_speaks_in_one_line(capsys):
    why = "blend ndcg@10 0.3600 beats most_bought 0.3400, popular [0.1000] over 200 customers of a :shop:v:"
    print_summary(RunSummary(gate=GateOutcome(True, (why,))))
    assert f"gate: passed: {why}\n" in capsys.readouterr().out


@pytest.mark.parametrize("model, figure", [("blend", "0.3333"), ("most_bought", "0.4444")])
def test_a_version_shows_the_figure_of_the_model_that_it_serves(capsys, model, figure):
    info = VersionInfo("20261123T130501042Z-1a2b", "2026-11-23", "ci@[host]:v:", model, metrics=NDCG)
    print_versions([info], live=None)
    printed = capsys.readouterr().out
    assert figure in printed
    assert not {"0.3333", "0.4444"} - {figure} <= set(printed.split())
    assert "ci@[host]:v:" in printed
