"""Lua scripts beside this file: sent to a server once, then called by their digest."""

from __future__ import annotations

from hashlib import sha1
from pathlib import Path


class Script:
    """One script, of files that are put together.

    Attributes:
        source: its text.
        digest: by which EVALSHA calls it, once SCRIPT LOAD or EVAL has brought it to the server.
    """

    def __init__(self, *files: str) -> None:
        folder = Path(__file__).parent
        self.source = "\n".join((folder / name).read_text(encoding="utf-8") for name in files)
        self.digest = sha1(self.source.encode(), usedforsecurity=False).hexdigest()
