"""One option of the configuration: its name is the field's, all else about it stands beside it."""

from __future__ import annotations

from dataclasses import field
from typing import Any


def option(default: Any, help: str, *, low: float | None = None, high: float | None = None) -> Any:
    """A dataclass field with its default, what it does, and the closed range it must lie in."""
    return field(default=default, metadata={"help": help, "low": low, "high": high})
