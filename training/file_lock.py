"""One process at a time changes what others may be changing too."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def file_locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file, which stays, and is created if absent; waits for whoever holds it.

    Raises:
        OSError: its folder is not there, or cannot be written to.
    """
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
