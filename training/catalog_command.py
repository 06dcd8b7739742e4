"""`python -m training catalog`: its options, and what it prints."""

from __future__ import annotations

import json

import click

from service.settings import load_settings
from training.catalog_summary import CatalogSummary
from training.catalog_update import CatalogRequest, CatalogUpdate
from training.configuration import load_configuration
from training.connectors.platform_lines import IdKeys, ProductKey
from training.report import print_coverage
from training.stages import Stages
from training.termination import sigterm_unwinds


@click.command("catalog")
@click.option(
    "--catalog",
    "sources",
    multiple=True,
    required=True,
    metavar="SRC",
    help="A file, a glob, or - for standard input. Several add up; the last row of a product counts.",
)
@click.option(
    "--product-key",
    type=click.Choice(["sku", "variant", "product"]),
    default="sku",
    show_default=True,
    help="Which of a platform's ids names a product: the same as for the orders.",
)
@click.option(
    "--timezone",
    default="UTC",
    show_default=True,
    metavar="ZONE",
    help="The zone of times that name none, for example Europe/London.",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="SECTION.NAME=VALUE",
    help="Override one value of the configuration (docs/configuration.md).",
)
@click.option("--json", "as_json", is_flag=True, help="The result as one JSON object on standard output.")
def catalog_command(
    sources: tuple[str, ...],
    product_key: ProductKey,
    timezone: str,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Give the live version a new catalogue, without retraining.

    \b
    Example:
      python -m training catalog --catalog products.csv
    """
    settings = load_settings()
    config = load_configuration(settings.config, overrides)
    request = CatalogRequest(sources, timezone, IdKeys(product_key))
    update = CatalogUpdate(request, config, settings, Stages())
    try:
        with sigterm_unwinds():
            update.execute()
    finally:
        # A refused update tells how far it came, too.
        if as_json:
            click.echo(json.dumps(update.summary.as_json()))
    if not as_json:
        _print(update.summary)


def _print(summary: CatalogSummary) -> None:
    if summary.catalog is not None:
        print_coverage(summary.catalog)
    click.echo(
        f"{summary.new:,} new, {summary.changed:,} changed, {summary.gone:,} gone, "
        f"{summary.unreleased:,} not released yet; {summary.version} has the catalogue"
    )
