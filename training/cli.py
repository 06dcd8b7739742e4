"""The command line of training: `python -m training COMMAND --help` tells each one's options."""

from __future__ import annotations

import json
import sys
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from models.artefact import ArtefactError
from service.settings import SettingsError, load_settings
from training import report, versions
from training.catalog_command import catalog_command
from training.doctor.command import doctor_command
from training.errors import InputRefused, TrainingError, UsageError
from training.evaluation.command import evaluate_command
from training.export_command import export_command
from training.pull.command import pull_command
from training.run_options import events_option, new_run, source_options
from training.schedule import RetrainingSchedule
from training.store_session import opened
from training.termination import sigterm_unwinds
from training.tuning.command import tune_command


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
    console = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
    console.print(f"[bold red]error:[/] {escape(str(error))}")
    sys.exit(error.exit_code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """Train recommenders on order history and publish their lists.

    \b
    Exit codes: 0 done, 2 usage or configuration, 3 input refused, 4 the gate refused,
    5 store unavailable, 6 another run holds the lock.
    """


@main.command("run")
@source_options
@events_option
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
        with sigterm_unwinds():
            run.execute()
    finally:
        # A refused run tells how far it came, too.
        if as_json:
            click.echo(json.dumps(run.summary.as_json()))
    if not as_json:
        report.print_summary(run.summary)


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
    _require_runnable(run_options)
    with opened(load_settings()) as store:
        RetrainingSchedule(cron, run_options, store, cron_timezone).serve()


def _require_runnable(run_options: tuple[str, ...]) -> None:
    """Build the run now: what it cannot do ends the schedule at once, and not the first run of the night."""
    options = run_command.make_context("python -m training schedule", list(run_options)).params
    new_run(**{name: value for name, value in options.items() if name not in ("as_json", "no_publish")})
    if "-" in (*options["orders"], *options["catalog"]):
        raise UsageError(
            "standard input can be read only once, but a schedule reads anew each time: name files"
        )


main.add_command(catalog_command)
main.add_command(doctor_command)
main.add_command(evaluate_command)
main.add_command(export_command)
main.add_command(pull_command)
main.add_command(tune_command)
