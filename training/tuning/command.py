"""`python -m training tune`: search for better model settings, and write them for `run` to read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click

from training.errors import UsageError
from training.run_options import events_option, inputs_of, source_options
from training.stages import Stages
from training.tuning.budget import Budget
from training.tuning.search_space import SEARCHES
from training.tuning.tuned_file import text_in_force, tuned_text, write_tuned
from training.user_paths import require_writable

_UNITS = {"s": 1, "m": 60, "h": 3600}


class Duration(click.ParamType[float]):
    """Seconds, or a number with `s`, `m` or `h`."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        read = re.fullmatch(r"(\d{1,9})([smh]?)", str(value).strip(), re.ASCII)
        if read is None:
            self.fail(f"{value!r} is no duration, for example 900, 45s, 30m or 2h", param, ctx)
        return float(int(read[1]) * _UNITS[read[2] or "s"])


@click.command("tune")
@source_options
@events_option
@click.option(
    "--search",
    "search_name",
    type=click.Choice(list(SEARCHES)),
    default="components",
    show_default=True,
    help="What to vary: weights of the fixed blend, components (what they learn, and weights), or the "
    "reranker's trees.",
)
@click.option(
    "--trials", type=click.IntRange(0, 100_000), default=50, show_default=True, help="Settings to try."
)
@click.option(
    "--timeout", type=Duration(), metavar="TIME", help="Begin no trial after this: seconds, 45s, 30m or 2h."
)
@click.option(
    "--windows",
    type=click.IntRange(1, 12),
    default=3,
    show_default=True,
    help="Windows before the last days to judge a trial on, each as long as those.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Of the trials."
)
@click.option(
    "--storage",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where trials are kept, to go on from (SQLite). Default: RECS_DATA_DIR/tuning/trials.db.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The configuration to write. Default: RECS_DATA_DIR/tuning/tuned.toml.",
)
@click.option(
    "--report",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where tuning.html is written. Default: RECS_DATA_DIR/tuning.",
)
def tune_command(
    as_json: bool,
    search_name: str,
    trials: int,
    timeout: float | None,
    windows: int,
    seed: int,
    storage: Path | None,
    out: Path | None,
    folder: Path | None,
    **options: Any,
) -> None:
    """Search for better model settings, and write them as a configuration that `run` reads.

    Trials are judged on windows before the last days. The last days judge the outcome once: only what is
    better there is written, else the settings in force. The same command again goes on where it stopped;
    Ctrl-C ends the search and keeps what is done.

    \b
    Example:
      python -m training tune --orders "exports/*.csv" --timeout 30m --out tuned.toml
      RECS_CONFIG=tuned.toml python -m training run --orders "exports/*.csv"
    """
    # These import optuna, which takes a second that no other command should wait.
    from training.tuning.page import write_page
    from training.tuning.terminal import print_outcome
    from training.tuning.tuning import Tuning

    inputs = inputs_of(**options)
    if search_name == "reranker" and not inputs.config.models.learns:
        raise UsageError(
            "--search reranker varies trees, and this configuration grows none: use models.profile=standard "
            "with models.rerank_steps above 0"
        )
    home = inputs.settings.data_dir / "tuning"
    storage, out, folder = storage or home / "trials.db", out or home / "tuned.toml", folder or home
    origin = text_in_force(inputs.settings.config)
    for option, place in (("--storage", storage.parent), ("--out", out.parent), ("--report", folder)):
        require_writable(option, place)
    stages = Stages()
    tuning = Tuning(inputs, SEARCHES[search_name], windows, Budget(trials, timeout, seed), stages)
    outcome = tuning.execute(storage)
    with stages.stage("write", "Writing configuration and page"):
        write_tuned(out, tuned_text(origin, outcome.settings, outcome.remarks))
        page = write_page(outcome, folder, inputs.settings.data_dir / "cache" / "matplotlib")
    if as_json:
        summary = {"out": str(out), "report": str(page), "storage": str(storage)}
        costs = {"seconds": stages.seconds, "peak_mb": stages.peak_mb}
        click.echo(json.dumps({**outcome.as_json(), **summary, **costs}))
    else:
        print_outcome(outcome, out, page)
