"""Fitted models on disk: one npz of arrays, one JSON of metadata with checksums; never pickle.

A folder holds `arrays.npz` and `metadata.json`. The metadata names the format, the kind of model, its
parameters, each array's dtype and shape, and the SHA-256 of the npz. Reading checks all of it, and
checks the declared sizes before anything is inflated: 190 kB of npz can claim 190 MB.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

FORMAT = 1
MAX_BYTES = 16 * 2**30
"""Arrays of one artefact, inflated: more than this is refused as damaged."""

_ARRAYS = "arrays.npz"
_METADATA = "metadata.json"
_NPY_HEADER_BYTES = 1024
"""What an array's member may take on top of its data."""


class ArtefactError(Exception):
    """An artefact is missing, damaged, of another kind, or larger than it says."""


def write_artefact(
    folder: Path, kind: str, arrays: Mapping[str, np.ndarray], parameters: Mapping[str, Any]
) -> None:
    """Write arrays and JSON-able parameters into `folder`, created if absent; what was there is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / _ARRAYS, allow_pickle=False, **arrays)
    metadata = {
        "format": FORMAT,
        "kind": kind,
        "parameters": dict(parameters),
        "arrays": {name: {"dtype": a.dtype.str, "shape": list(a.shape)} for name, a in arrays.items()},
        "sha256": _sha256(folder / _ARRAYS),
    }
    (folder / _METADATA).write_text(json.dumps(metadata, indent=1, sort_keys=True), encoding="utf-8")


def read_artefact(folder: Path, kind: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays and parameters that `write_artefact` wrote.

    Raises:
        ArtefactError: naming the file and what is wrong with it.
    """
    metadata = _read_metadata(folder / _METADATA, kind)
    path = folder / _ARRAYS
    try:
        if _sha256(path) != metadata["sha256"]:
            raise ArtefactError(f"{path}: damaged, its SHA-256 is not the one in {_METADATA}")
        _check_sizes(path, metadata["arrays"])
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in metadata["arrays"]}
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise ArtefactError(f"{path}: cannot be read: {error}") from error
    for name, array in arrays.items():
        declared = metadata["arrays"][name]
        if array.dtype.str != declared["dtype"] or list(array.shape) != declared["shape"]:
            raise ArtefactError(f"{path}: array {name!r} is not of the declared dtype and shape")
    return arrays, metadata["parameters"]


def read_array(folder: Path, name: str) -> np.ndarray:
    """One of the arrays alone, where reading and checking all of them would take too long.

    Raises:
        ArtefactError: there is none of this name, or it cannot be read.
    """
    path = folder / _ARRAYS
    try:
        with np.load(path, allow_pickle=False) as stored:
            return stored[name]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ArtefactError(f"{path}: cannot be read: {error}") from error


def pack_csr(name: str, matrix: csr_matrix) -> dict[str, np.ndarray]:
    """The arrays that a CSR matrix consists of, to be written under names that begin with `name`."""
    return {
        f"{name}_data": matrix.data,
        f"{name}_indices": matrix.indices,
        f"{name}_indptr": matrix.indptr,
        f"{name}_shape": np.array(matrix.shape, dtype=np.int64),
    }


def unpack_csr(name: str, arrays: Mapping[str, np.ndarray]) -> csr_matrix:
    """The matrix that `pack_csr` took apart. Raises ArtefactError where its indices do not fit together."""
    try:
        parts = (arrays[f"{name}_data"], arrays[f"{name}_indices"], arrays[f"{name}_indptr"])
        n_rows, n_columns = arrays[f"{name}_shape"].tolist()
        matrix = csr_matrix(parts, shape=(n_rows, n_columns))
        matrix.check_format(full_check=True)
    except (KeyError, ValueError) as error:
        raise ArtefactError(f"matrix {name!r} is no valid CSR matrix: {error}") from error
    return matrix


def _read_metadata(path: Path, kind: str) -> dict[str, Any]:
    try:
        metadata = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArtefactError(f"{path}: cannot be read: {error}") from error
    expected = {"format", "kind", "parameters", "arrays", "sha256"}
    if not isinstance(metadata, dict) or not expected <= metadata.keys():
        raise ArtefactError(f"{path}: not the metadata of a model")
    if metadata["format"] != FORMAT:
        raise ArtefactError(f"{path}: format {metadata['format']!r}; this version reads format {FORMAT}")
    if metadata["kind"] != kind:
        raise ArtefactError(f"{path}: holds a {metadata['kind']!r} model, not {kind!r}")
    return metadata


def _check_sizes(path: Path, declared: Mapping[str, Any]) -> None:
    """Compare what the archive would inflate to with what the metadata declares, before inflating."""
    with zipfile.ZipFile(path) as archive:
        inflated = {member.filename: member.file_size for member in archive.infolist()}
    if set(inflated) != {f"{name}.npy" for name in declared}:
        raise ArtefactError(f"{path}: does not hold exactly the declared arrays")
    if sum(inflated.values()) > MAX_BYTES:
        raise ArtefactError(f"{path}: would inflate to more than {MAX_BYTES} bytes")
    for name, array in declared.items():
        size = int(np.prod(array["shape"], dtype=np.int64)) * np.dtype(array["dtype"]).itemsize
        if not size <= inflated[f"{name}.npy"] <= size + _NPY_HEADER_BYTES:
            raise ArtefactError(f"{path}: array {name!r} is not of the declared size")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
