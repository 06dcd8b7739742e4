"""The options that every command that reads orders takes, and the run that they describe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from service.settings import Settings, load_settings
from training.columns import ORDER_REQUIRED
from training.configuration import TrainingConfig, load_configuration
from training.connectors.platform_lines import CustomerKey, IdKeys, ProductKey
from training.errors import UsageError
from training.option_times import option_time
from training.pipeline import Run, RunRequest
from training.preparation import Sources
from training.reading import FORMATS, ReadingOptions
from training.stages import Stages
from training.tombstone_file import tombstones_on_disk
from training.visitor_events import EventSource

_OPTIONS = (
    click.option(
        "--orders",
        multiple=True,
        required=True,
        metavar="SRC",
        help="A file, a glob, - for standard input, or a database's address. Several add up. "
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
        "--product-key",
        type=click.Choice(["sku", "variant", "product"]),
        default="sku",
        show_default=True,
        help="Which of a platform's ids names a product; without an SKU, the variant's.",
    ),
    click.option(
        "--customer-key",
        type=click.Choice(["platform", "email"]),
        default="platform",
        show_default=True,
        help="Which of a platform's ids names a customer: its own, else (or always) a hash of the e-mail.",
    ),
    click.option("--query", metavar="SQL", help="What to ask a database for (docs/connect/sql.md)."),
    click.option(
        "--table-prefix",
        metavar="PREFIX",
        help="What the tables of a WooCommerce or Magento database begin with.",
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
        help="Train as if now were TIME (ISO 8601; without a zone, in --timezone). "
        "Default: the last order's time.",
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


events_option = click.option(
    "--events",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Take in what visitors did, from the archive that the workers write: RECS_DATA_DIR/events.",
)


@dataclass(frozen=True)
class Inputs:
    """What the options of `source_options` come to."""

    sources: Sources
    config: TrainingConfig
    settings: Settings


def inputs_of(
    orders: tuple[str, ...],
    catalog: tuple[str, ...],
    format: str,
    product_key: ProductKey,
    customer_key: CustomerKey,
    query: str | None,
    table_prefix: str | None,
    timezone: str,
    as_of: str | None,
    overrides: tuple[str, ...],
    engine: str,
    events: Path | None = None,
) -> Inputs:
    """The values of `source_options` and `events_option`, checked as far as can be before anything is read.

    Raises:
        UsageError: a value that no run could do anything with, whatever the files hold.
        SettingsError: a setting is off.
    """
    if engine != "local":
        raise UsageError(f"--engine {engine} is not available yet; use --engine local")
    settings = load_settings()
    config = load_configuration(settings.config, overrides)
    keys = IdKeys(product_key, customer_key)
    options = ReadingOptions(format, timezone, keys, query, table_prefix)
    options.check()
    seconds = None if as_of is None else _seconds(as_of, timezone)
    source = None if events is None else EventSource(events, config.events)
    sources = Sources(orders, options, catalog, seconds, tombstones_on_disk(settings.data_dir), source)
    return Inputs(sources, config, settings)


def new_run(*, publish: bool = False, force: bool = False, **options: Any) -> Run:
    """A run as the options of `source_options` describe it. Raises as `inputs_of` does."""
    inputs = inputs_of(**options)
    return Run(RunRequest(inputs.sources, publish, force), inputs.config, inputs.settings, Stages())


def _seconds(time: str, timezone: str) -> int:
    """Seconds since 1970 UTC; a fraction is cut off."""
    return int(option_time("--as-of", time, timezone, "2011-11-08T18:00:00Z").timestamp())
