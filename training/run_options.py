"""The options that every command that reads orders takes, and the run that they describe."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from service.settings import load_settings
from training.columns import ORDER_REQUIRED
from training.configuration import load_configuration
from training.errors import UsageError
from training.pipeline import Run, RunRequest
from training.preparation import Sources
from training.reading import FORMATS
from training.stages import Stages


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


_OPTIONS = (
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
    click.option("--json", "as_json", is_flag=True, help="The result as one JSON object on standard output."),
)


def source_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options by which orders and catalogue are read."""
    for option in reversed(_OPTIONS):
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
