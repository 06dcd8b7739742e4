"""Bad input through the real command: its exit code, what it says, what it keeps aside, and its memory."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tests.needs import REPOSITORY
from tests.training.bad_input import table

ROWS = [f"{n},ann,tea,1,2.5,2026-01-{1 + n % 28:02}" for n in range(40)]
HUNDRED_MB = b"x" * 100_000_000


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where runs keep bad rows. No store is named: `--no-publish` needs none."""
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("RECS_DATA_DIR", str(tmp_path / "var"))
    return tmp_path / "var"


def run(content: bytes, folder: Path) -> tuple[int, dict[str, Any], str]:
    """Exit code, summary and progress of a run on a file of this content."""
    (folder / "orders").write_bytes(content)
    command = [sys.executable, "-m", "training", "run", "--no-publish", "--json", "--orders", "orders"]
    env = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout), done.stderr


def kept_aside(data_folder: Path) -> list[dict[str, str]]:
    (file,) = data_folder.glob("runs/*/quarantine.csv")
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_a_file_in_windows_1252_is_read_and_told(tmp_path: Path) -> None:
    code, summary, said = run(table(*ROWS, "50,zoë,thé,1,2.5,2026-01-06").encode("cp1252"), tmp_path)
    assert code == 0
    assert (summary["customers"], summary["rows"]["quarantined"]) == (2, 0)
    assert "orders is not UTF-8 and was read as Windows-1252" in said


def test_a_file_that_is_cut_off_ends_with_3(tmp_path: Path) -> None:
    code, _, said = run(zstandard.compress(table(*ROWS).encode())[:-5], tmp_path)
    assert code == 3
    assert "error: orders: cannot be read: the packed data is cut off or damaged" in said


def test_too_many_bad_rows_end_with_3_and_are_kept_aside(tmp_path: Path, data_folder: Path) -> None:
    bad = ["50,bob,=1+1,1,1e308,2026-01-05", "=2+2,bob,mug,1,NaN,2026-01-05", "52,bob,mug,1,2.5,01/02/2026"]
    code, summary, said = run(table(*ROWS, *bad).encode(), tmp_path)
    assert code == 3
    assert summary["rows"] == {"read": 43, "kept": 40, "merged": 0, "ignored": 0, "quarantined": 3}
    assert "bad_unit_price 2, ambiguous_ordered_at 1" in said
    assert [row["line"] for row in kept_aside(data_folder)] == ["42", "43", "44"]
    assert kept_aside(data_folder)[1]["text"] == "'=2+2,bob,mug,1,NaN,2026-01-05"


@pytest.mark.parametrize("packed", [False, True])
def test_a_line_of_100_mb_costs_its_own_row_and_little_memory(
    tmp_path: Path, data_folder: Path, packed: bool
) -> None:
    _, small, _ = run(table(*ROWS).encode(), tmp_path)
    content = table(*ROWS[:20]).encode() + HUNDRED_MB + "\n".join(["", *ROWS[20:]]).encode()
    code, summary, _ = run(zstandard.compress(content) if packed else content, tmp_path)
    assert code == 0
    assert summary["quarantine"] == {"line_too_long": 1}
    assert summary["rows"]["kept"] == 40
    assert [(row["line"], len(row["text"])) for row in kept_aside(data_folder)] == [("22", 1_000)]
    assert summary["peak_mb"]["read"] - small["peak_mb"]["read"] < 90
