"""Paths that the user named: what fails there ends the command with the path and the cause."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from training.errors import UsageError


@contextlib.contextmanager
def naming(option: str, path: Path) -> Iterator[None]:
    """Turn an `OSError` of reading or writing at `path`, which `option` named, into a `UsageError`."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{option}: {error.filename or path}: {error.strerror or error}") from error


def require_writable(option: str, folder: Path) -> None:
    """Create the folder, and a file in it that does not stay. Raises `UsageError` where that fails.

    Tried, because permissions do not tell: root has all of them, and a full or read-only disk none.
    """
    with naming(option, folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0")
