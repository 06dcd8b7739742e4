"""An export with an erased person in it is deleted; a later one of the same person is not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from service.exports.folder import ExportFolder
from service.store.tombstones import digest
from training.erased_exports import erase_exports


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    ExportFolder(tmp_path / "one").begin({"at": 1}, ["anna", "ben"])
    ExportFolder(tmp_path / "two").begin({"at": 1}, ["ben"])
    return tmp_path


def names(exports: Path) -> list[str]:
    return sorted(one.name for one in exports.iterdir())


@pytest.mark.parametrize("ids", [None, ["anna"]])
def test_those_that_hold_the_person_go(exports: Path, ids: list[str] | None):
    soon = {digest("anna"): round(time.time() * 1000) + 1_000}
    assert erase_exports(exports, soon, ids) == 1
    assert names(exports) == ["two"]


def test_those_made_after_the_erasure_stay(exports: Path):
    assert erase_exports(exports, {digest("anna"): 1}) == 0
    assert names(exports) == ["one", "two"]


def test_without_exports_there_is_nothing_to_do(tmp_path: Path):
    assert erase_exports(tmp_path / "exports", {digest("anna"): 1}) == 0
