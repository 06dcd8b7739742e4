"""The outcome of a search in a terminal."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from training.tuning.outcome import Outcome


def print_outcome(outcome: Outcome, out: Path, page: Path) -> None:
    """What was found, what the last days say of it, and where it stands."""
    console = Console(highlight=False, emoji=False)
    if outcome.changed:
        console.print(_options(outcome))
    for sentence in outcome.sentences:
        console.print(sentence, markup=False, soft_wrap=True)
    console.print(f"configuration: {out}", markup=False, soft_wrap=True)
    console.print(f"page: {page}", markup=False, soft_wrap=True)
    hint = f"to train with it: RECS_CONFIG={out} python -m training run …"
    console.print(hint, markup=False, soft_wrap=True)


def _options(outcome: Outcome) -> Table:
    table = Table()
    table.add_column("option")
    table.add_column("in force", justify="right")
    table.add_column("found", justify="right")
    for name, (old, new) in outcome.changed.items():
        table.add_row(f"models.{name}", f"{old:g}", f"{new:g}")
    return table
