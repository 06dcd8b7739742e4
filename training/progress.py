"""How long work tells what it is at."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str], None]
"""Told the name of each step as it begins."""


def silent(_: str) -> None:
    """A `Progress` for where nobody asked to be told."""
