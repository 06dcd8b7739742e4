"""Erasures reach the files under RECS_DATA_DIR through a process of the training's.

Those files are Parquet and the training's own artefacts: the web process loads nothing that could read them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from service.store.tombstones import Tombstones

SECONDS = 60.0
"""How long a caller waits for it. What it had not done by then the next run, or erasure, does."""

_ROOT = Path(__file__).resolve().parent.parent


class FilesNotErased(Exception):
    """The files could not all be gone through; the message tells why and names no person."""


def erase_from_files(data_dir: Path, tombstones: Tombstones, ids: Iterable[str]) -> dict[str, int]:
    """Take people out of the files; returns how much that was, by kind of file.

    Args:
        tombstones: of all who were ever erased.
        ids: of the person erased now.

    Raises:
        FilesNotErased: a file is damaged, cannot be written, or it took longer than `SECONDS`.
    """
    command = [sys.executable, "-m", "training.erase_files", str(data_dir.resolve())]
    told = json.dumps({"tombstones": tombstones, "ids": list(ids)}).encode()
    try:
        done = subprocess.run(
            command, cwd=_ROOT, input=told, capture_output=True, timeout=SECONDS,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FilesNotErased(str(error)) from error
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise FilesNotErased(lines[-1] if lines else f"it ended with code {done.returncode}")
    return json.loads(done.stdout)
