"""The report of a search as one HTML file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from training.html_report.page import rendered
from training.tuning.figures import METRIC
from training.tuning.outcome import Outcome
from training.tuning.plots import draw_all
from training.user_paths import naming


def write_page(outcome: Outcome, folder: Path, cache: Path) -> Path:
    """Write `tuning.html`; its path.

    Args:
        cache: where matplotlib keeps its list of fonts.

    Raises:
        UsageError: the folder cannot be written to.
    """
    page = folder / "tuning.html"
    with naming("--report", folder):
        folder.mkdir(parents=True, exist_ok=True)
        page.write_text(render(outcome, cache), encoding="utf-8")
    return page


def render(outcome: Outcome, cache: Path) -> str:
    """The page."""
    return rendered(
        "training.tuning",
        "tuning.html",
        list(draw_all(outcome.trials, cache)),
        outcome=outcome,
        metric=METRIC,
        numbers={**outcome.sizes, **{f"settings {state}": n for state, n in outcome.states.items()}},
        days=[datetime.fromtimestamp(cut, UTC).strftime("%d %B %Y") for cut in outcome.cuts],
    )
