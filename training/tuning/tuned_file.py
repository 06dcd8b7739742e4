"""The configuration that a search ends with, as a file that `RECS_CONFIG` can name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from training.errors import UsageError
from training.model_config import ModelConfig
from training.user_paths import naming

MARK = "# tune: "
"""Begins the lines that tell where the values come from; a next search replaces them."""


def tuned_text(origin: str, models: ModelConfig, remarks: Iterable[str]) -> str:
    """The text of a configuration file under other model settings; all else of it stays, comments too.

    Args:
        origin: the text of the file that is in force now; empty where there is none.
        models: written as `[models]`: what differs from the defaults, and what the file named already.
        remarks: put on top, a line each.
    """
    document = tomlkit.parse("".join(line for line in origin.splitlines(True) if not line.startswith(MARK)))
    table = document.setdefault("models", tomlkit.table())
    defaults = asdict(ModelConfig())
    for name, value in asdict(models).items():
        if name in table or value != defaults[name]:
            table[name] = value
    return "".join(f"{MARK}{remark}\n" for remark in remarks) + document.as_string()


def text_in_force(file: Path | None) -> str:
    """The configuration file's text; empty without one. Raises `UsageError` where it cannot be read."""
    if file is None:
        return ""
    with naming("RECS_CONFIG", file):
        text = file.read_text(encoding="utf-8")
    try:
        tomlkit.parse(text)
    except TOMLKitError as error:
        raise UsageError(f"configuration: {file} is not TOML: {error}") from error
    return text


def write_tuned(file: Path, text: str) -> None:
    """Write it whole or not at all: a run may be reading it."""
    with naming("--out", file):
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_name(file.name + ".part")
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(file)
