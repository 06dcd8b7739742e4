from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from models import artefact
from models.artefact import ArtefactError, pack_csr, read_array, read_artefact, unpack_csr, write_artefact

ARRAYS: dict[str, np.ndarray] = {
    "a": np.arange(6, dtype=np.float32).reshape(2, 3),
    "empty": np.zeros((0, 4), dtype=np.int64),
}


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_artefact(tmp_path / "als", "als", ARRAYS, {"factors": 3})
    return tmp_path / "als"


def change(folder: Path, **changes: Any) -> None:
    path = folder / "metadata.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_what_was_written_is_read(written: Path) -> None:
    arrays, parameters = read_artefact(written, "als")
    assert parameters == {"factors": 3}
    assert arrays.keys() == ARRAYS.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, ARRAYS[name], strict=True)


def test_writing_again_replaces(written: Path) -> None:
    write_artefact(written, "als", {}, {})
    assert read_artefact(written, "als") == ({}, {})


def test_python_objects_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        write_artefact(tmp_path, "als", {"ids": np.array(["a", None], dtype=object)}, {})


def test_a_missing_artefact(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match=r"metadata\.json: cannot be read"):
        read_artefact(tmp_path / "none", "als")


@pytest.mark.parametrize(
    "content, message",
    [
        ("", "cannot be read"),
        ("[1]", "not the metadata"),
        ('{"format": 1}', "not the metadata"),
        ("\x00" * 10, "cannot be read"),
    ],
)
def test_damaged_metadata(written: Path, content: str, message: str) -> None:
    (written / "metadata.json").write_text(content)
    with pytest.raises(ArtefactError, match=message):
        read_artefact(written, "als")


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"format": 2}, "format 2"),
        ({"kind": "bm25"}, "holds a 'bm25' model"),
        ({"sha256": "0" * 64}, "SHA-256"),
        ({"arrays": {"a": {"dtype": "<f4", "shape": [2, 3]}}}, "exactly the declared arrays"),
        (
            {
                "arrays": {
                    "a": {"dtype": "<f4", "shape": [9000, 3]},
                    "empty": {"dtype": "<i8", "shape": [0, 4]},
                }
            },
            "declared size",
        ),
        (
            {"arrays": {"a": {"dtype": "<f4", "shape": [3, 2]}, "empty": {"dtype": "<i8", "shape": [0, 4]}}},
            "declared dtype and shape",
        ),
        ({"arrays": {"a": {}, "empty": {}}}, "cannot be read"),
        ({"arrays": 7}, "cannot be read"),
    ],
)
def test_metadata_that_does_not_fit(written: Path, changes: dict[str, Any], message: str) -> None:
    change(written, **changes)
    with pytest.raises(ArtefactError, match=message):
        read_artefact(written, "als")


def test_a_bomb_is_refused_before_it_inflates(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member of 10 MB in a few kB, under a checksum that fits: only the declared size tells."""
    path = written / "arrays.npz"
    with zipfile.ZipFile(path) as archive:
        header = archive.read("a.npy")[:128]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", header + b"\0" * 10_000_000)
        archive.writestr("empty.npy", b"")
    change(written, sha256=artefact._sha256(path))
    monkeypatch.setattr(np, "load", lambda *_, **__: pytest.fail("inflated"))
    with pytest.raises(ArtefactError, match="declared size"):
        read_artefact(written, "als")


def test_more_than_the_limit_is_refused(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artefact, "MAX_BYTES", 100)
    with pytest.raises(ArtefactError, match="more than 100 bytes"):
        read_artefact(written, "als")


def test_a_matrix_survives(tmp_path: Path) -> None:
    matrix = csr_matrix(np.array([[0, 1.5, 0], [2, 0, 0]], dtype=np.float32))
    write_artefact(tmp_path, "cosine", pack_csr("similarity", matrix), {})
    found = unpack_csr("similarity", read_artefact(tmp_path, "cosine")[0])
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found.toarray(), matrix.toarray())


@pytest.mark.parametrize("part, value", [("indices", [7, 0]), ("indptr", [0, 9, 2]), ("shape", [2, 2, 2])])
def test_a_matrix_that_does_not_fit_together(part: str, value: list[int]) -> None:
    arrays = pack_csr("m", csr_matrix(np.array([[0, 1, 0], [2, 0, 0]], dtype=np.float32)))
    arrays[f"m_{part}"] = np.array(value, dtype=arrays[f"m_{part}"].dtype)
    with pytest.raises(ArtefactError, match="'m'"):
        unpack_csr("m", arrays)


def test_a_matrix_that_is_not_there() -> None:
    with pytest.raises(ArtefactError, match="'m'"):
        unpack_csr("m", {})


def test_one_array_is_read_alone(tmp_path):
    write_artefact(tmp_path, "thing", {"a": np.arange(3), "b": np.ones(2)}, {})
    assert read_array(tmp_path, "a").tolist() == [0, 1, 2]
    with pytest.raises(ArtefactError, match=r"arrays\.npz: cannot be read"):
        read_array(tmp_path, "c")
