"""Parts and watermark on disk."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from training import columns as c
from training.errors import UsageError
from training.pull.pulled_files import PulledFiles, Watermark
from training.quarantine import Quarantine

SHOP = "https://tea.example"
WATERMARK = Watermark(
    shop=SHOP,
    changed_at=datetime(2026, 2, 5, 8, tzinfo=UTC),
    recent={"5": datetime(2026, 2, 5, 8, tzinfo=UTC)},
    since=None,
    complete=True,
)
LINES = pl.DataFrame({c.ORDER_ID: ["1"]})


@pytest.fixture
def files(tmp_path: Path) -> PulledFiles:
    return PulledFiles(tmp_path)


def test_a_watermark_is_read_as_it_was_written(files):
    assert files.watermark(SHOP) is None
    files.set_watermark(WATERMARK)
    assert files.watermark(SHOP) == WATERMARK


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}", '{"shop": 1, "changed_at": 5}', "\x00"])
def test_a_damaged_watermark_is_told_with_its_cure(files, damage):
    (files.folder / "watermark.json").write_text(damage)
    with pytest.raises(UsageError, match="remove it, and the next pull begins anew"):
        files.watermark(SHOP)


def test_parts_are_numbered_on(files):
    paths = [files.add_part(LINES, Quarantine.of([])) for _ in range(2)]
    paths[0].unlink()
    paths.append(files.add_part(LINES, Quarantine.of([])))
    assert [path.name for path in paths] == [f"part-00000{n}.parquet" for n in (1, 2, 3)]
    assert sorted(path.name for path in files.folder.iterdir()) == [
        "part-000002.parquet",
        "part-000003.parquet",
    ]


def test_what_cannot_be_written_is_no_part_and_names_the_setting(files, monkeypatch):
    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match=r"RECS_DATA_DIR: .*No space left on device"):
        files.add_part(LINES, Quarantine.of([]))
    assert list(files.folder.glob("*.parquet")) == []


def test_a_folder_that_cannot_be_made_names_the_setting(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="RECS_DATA_DIR: "), PulledFiles(tmp_path / "file/pull").locked():
        pass
