"""docs/tuning.md says what `tune` does."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from training.model_config import ModelConfig
from training.tuning.outcome import Outcome
from training.tuning.search_space import SEARCHES
from training.tuning.verdict import Change, Verdict

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/tuning.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[str]:
    """First cells of the table below a heading."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([^`]+)`", section, flags=re.MULTILINE)


def test_every_search_is_documented():
    assert rows("What is searched") == list(SEARCHES)


def test_every_name_of_the_json_output_is_documented():
    change = Change(customers=1, in_force=0.1, found=0.2, difference=0.1, low=0.0, high=0.2)
    verdict = Verdict(True, {"all": change})
    outcome = Outcome("0", [], [0], SEARCHES["weights"], ModelConfig(), None, ModelConfig(), verdict, {})
    told = outcome.as_json()
    assert set(rows("What it writes")) >= set(told)
    names = [*told["trials"], *(field.name for field in fields(Change)), "accepted", "changes"]
    assert [name for name in names if f"`{name}`" not in PAGE] == []


@pytest.mark.parametrize("library", ["optuna", "sqlalchemy", "matplotlib"])
def test_other_commands_do_not_wait_for_what_tune_alone_needs(library: str):
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, training.cli; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "training.tuning.command" in loaded
    assert library not in loaded
