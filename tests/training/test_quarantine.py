"""What is written of bad rows."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest

from tests.builders import order_file
from training import columns as c
from training.quarantine import MAX_TEXT, Quarantine
from training.reading import read_orders


def quarantine(*texts: str) -> Quarantine:
    rows = [
        {c.SOURCE: "a.csv", c.LINE: n, c.REASON: "bad_json", c.TEXT: text} for n, text in enumerate(texts)
    ]
    return Quarantine.of([pl.DataFrame(rows)])


def written(rows: Quarantine, folder: Path) -> list[dict[str, str]]:
    file = folder / "runs" / "1" / "quarantine.csv"
    rows.write(file)
    with file.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "'="])
def test_what_would_start_a_formula_is_text(tmp_path: Path, start: str) -> None:
    assert written(quarantine(f'{start}HYPERLINK("x")'), tmp_path)[0]["text"] == f'\'{start}HYPERLINK("x")'


def test_the_file_tells_source_line_reason_and_text(tmp_path: Path) -> None:
    file = order_file(tmp_path, "1,ann,tea,1,2.5,2026-01-05", '2,ann,"te""a",x,2.5,2026-01-05')
    assert written(read_orders([file]).quarantine, tmp_path) == [
        {"source": file, "line": "3", "reason": "bad_quantity", "text": '2,ann,"te""a",x,2.5,2026-01-05'}
    ]


def test_without_bad_rows_only_the_header_is_written(tmp_path: Path) -> None:
    Quarantine.of([]).write(tmp_path / "quarantine.csv")
    assert (tmp_path / "quarantine.csv").read_text() == "source,line,reason,text\n"


def test_an_endless_line_is_cut() -> None:
    assert quarantine("x" * 5_000).rows[c.TEXT].str.len_chars().to_list() == [MAX_TEXT]


def test_counts_by_reason_most_first(tmp_path: Path) -> None:
    file = order_file(tmp_path, "1", ",ann,tea,1,2.5,2026-01-05", "2", "3,ann,tea,1,2.5,2026-01-05")
    counts = read_orders([file]).quarantine.counts()
    assert list(counts.items()) == [("ragged_row", 2), ("order_id_missing", 1)]
