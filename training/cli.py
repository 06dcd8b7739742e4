"""The command line of training: `python -m training COMMAND --help` tells each one's options."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from models.artefact import ArtefactError
from service.settings import SettingsError, load_settings
from training import report, versions
from training.columns import ORDER_REQUIRED
from training.configuration import load_configuration
from training.errors import InputRefused, TrainingError, UsageError
from training.export import export_lists
from training.lists import CUSTOMER_LISTS
from training.pipeline import Run, RunRequest
from training.preparation import Sources
from training.reading import FORMATS
from training.schedule import RetrainingSchedule
from training.stages import Stages
from training.store_session import opened

LATER = {
    "pull": "fetch orders from a shop platform's API",
    "catalog": "publish a catalogue without retraining",
    "doctor": "say what is wrong with an order history",
    "tune": "search for better model settings",
}
"""Commands whose name is taken, and what they will do."""


class Commands(click.Group):
    """Ends every expected failure with its message and its exit code, never with a traceback."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except SettingsError as error:
            fail(UsageError(str(error)))
        except TrainingError as error:
            fail(error)
        except ArtefactError as error:
            fail(InputRefused(str(error)))


def fail(error: TrainingError) -> None:
    """Print what went wrong and end the process with the error's exit code."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold red]error:[/] {_plain(str(error))}")
    sys.exit(error.exit_code)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """Train recommenders on order history and publish their lists.

    \b
    Exit codes: 0 done, 2 usage or configuration, 3 input refused, 4 the gate refused,
    5 store unavailable, 6 another run holds the lock.
    """


def as_time(context: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    """ISO 8601 to seconds since 1970 UTC; without a zone, UTC."""
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(
            f"{value!r} is no ISO 8601 time, for example 2011-11-08T18:00:00Z"
        ) from error
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())


def source_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options by which every command that reads orders reads them."""
    options = [
        click.option(
            "--orders",
            multiple=True,
            required=True,
            metavar="SRC",
            help="A file, a glob, or - for standard input. Several add up. "
            f"Columns: {', '.join(ORDER_REQUIRED)}.",
        ),
        click.option(
            "--catalog",
            multiple=True,
            metavar="SRC",
            help="Titles, prices, categories, stock. Default: titles and prices from the orders.",
        ),
        click.option(
            "--format",
            "format",
            default="auto",
            show_default=True,
            metavar="F",
            help=f"What the orders are written in: {', '.join(FORMATS)}.",
        ),
        click.option(
            "--timezone",
            default="UTC",
            show_default=True,
            metavar="ZONE",
            help="The zone of times that name none, for example Europe/London.",
        ),
        click.option(
            "--as-of",
            metavar="TIME",
            callback=as_time,
            help="Train as if now were TIME (ISO 8601). Default: the last order's time.",
        ),
        click.option(
            "--set",
            "overrides",
            multiple=True,
            metavar="SECTION.NAME=VALUE",
            help="Override one value of the configuration (docs/configuration.md).",
        ),
        click.option(
            "--engine",
            type=click.Choice(["local", "spark"]),
            default="local",
            show_default=True,
            help="Where the work is done; spark is not there yet.",
        ),
        click.option(
            "--json", "as_json", is_flag=True, help="The result as one JSON object on standard output."
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def new_run(
    orders: tuple[str, ...],
    catalog: tuple[str, ...],
    format: str,
    timezone: str,
    as_of: int | None,
    overrides: tuple[str, ...],
    engine: str,
    publish: bool = False,
    force: bool = False,
) -> Run:
    """A run as the options of `source_options` describe it."""
    if engine != "local":
        raise UsageError(f"--engine {engine} is not available yet; use --engine local")
    settings = load_settings()
    config = load_configuration(settings.config, overrides)
    sources = Sources(orders, catalog, format, timezone, as_of)
    return Run(RunRequest(sources, publish, force), config, settings, Stages())


@main.command("run")
@source_options
@click.option("--no-publish", is_flag=True, help="Stop after the gate; needs no store.")
@click.option("--force", is_flag=True, help="Publish even if the gate refuses; the version records it.")
def run_command(as_json: bool, no_publish: bool, **options: Any) -> None:
    """Read, clean, evaluate, gate, fit, publish.

    \b
    Example:
      python -m training run --orders "exports/*.csv" --catalog products.csv
    """
    run = new_run(publish=not no_publish, **options)
    try:
        run.execute()
    finally:
        # A refused run tells how far it came, too.
        if as_json:
            click.echo(json.dumps(run.summary.as_json()))
    if not as_json:
        report.print_summary(run.summary)


@main.command("evaluate")
@source_options
@click.option(
    "--report",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where metrics.json is written; created if absent.",
)
def evaluate_command(as_json: bool, folder: Path, **options: Any) -> None:
    """Measure every model on the last days of the history; publishes nothing and needs no store."""
    run = new_run(**options)
    run.evaluate(run.prepare())
    text = json.dumps(run.summary.as_json(), indent=2)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.json").write_text(text + "\n", encoding="utf-8")
    if as_json:
        click.echo(text)
    else:
        report.print_metrics(run.summary.metrics, run.summary.judged_customers)


@main.command("versions")
@click.option("--json", "as_json", is_flag=True, help="An array of objects on standard output.")
def versions_command(as_json: bool) -> None:
    """List the published versions, newest first."""
    with opened(load_settings()) as store:
        infos, live = versions.listed(store)
    if as_json:
        click.echo(json.dumps(versions.as_json(infos, live)))
    else:
        report.print_versions(infos, live)


@main.command("activate")
@click.argument("version")
def activate_command(version: str) -> None:
    """Make VERSION live; one that Redis no longer holds is published again from its artefact."""
    settings = load_settings()
    with opened(settings) as store:
        versions.activate(store, version, settings.data_dir / "versions")
    click.echo(f"{version} is live")


@main.command("rollback")
def rollback_command() -> None:
    """Make the version live that was live before."""
    settings = load_settings()
    with opened(settings) as store:
        version = versions.rollback(store, settings.data_dir / "versions")
    click.echo(f"{version} is live")


@main.command("export")
@click.option("--placement", required=True, metavar="P", help=f"One of {', '.join(CUSTOMER_LISTS)}.")
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    metavar="K",
    help="Rows a customer at most.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="FILE.csv, FILE.parquet or FILE.jsonl.",
)
@click.option(
    "--customers",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Only these customers: one id a line.",
)
def export_command(placement: str, limit: int, out: Path, customers: Path | None) -> None:
    """Write the published lists of the live version, a row for each customer and product."""
    with opened(load_settings()) as store:
        rows = export_lists(store, placement, limit, out, customers)
    Console(stderr=True, highlight=False).print(f"{rows:,} rows in {out}")


@main.command("schedule", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": True})
@click.option("--cron", required=True, metavar="EXPRESSION", help='Five fields, for example "0 3 * * *".')
@click.option(
    "--cron-timezone", default="UTC", show_default=True, metavar="ZONE", help="The zone of the expression."
)
@click.argument("run_options", nargs=-1, type=click.UNPROCESSED)
def schedule_command(cron: str, cron_timezone: str, run_options: tuple[str, ...]) -> None:
    """Retrain by the clock: whenever the cron expression says so, `run` with RUN_OPTIONS.

    \b
    Example:
      python -m training schedule --cron "0 3 * * *" --orders "exports/*.csv"
    """
    # Parsed now, so that a mistyped option ends the command and not the first run of the night.
    run_command.make_context("python -m training schedule", list(run_options))
    settings = load_settings()
    load_configuration(settings.config)
    with opened(settings) as store:
        RetrainingSchedule(cron, run_options, store, cron_timezone).serve()


def _add_later(name: str, purpose: str) -> None:
    @main.command(
        name, help=f"Not available yet: it will {purpose}.", context_settings={"ignore_unknown_options": True}
    )
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def later(arguments: tuple[str, ...]) -> None:
        raise UsageError(f"{name} is not available yet: it will {purpose}")


for _name, _purpose in LATER.items():
    _add_later(_name, _purpose)
