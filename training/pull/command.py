"""`python -m training pull PLATFORM`: the orders of a shop, through its API, into files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from time import sleep
from typing import Any

import click

from service.settings import load_settings
from training.option_times import option_time
from training.pull import magento, shopify, woocommerce
from training.pull.api_client import Wait
from training.pull.credentials import environment
from training.pull.pulled_files import PulledFiles
from training.pull.pulling import PullSummary, pull_orders
from training.pull.shop import Shop
from training.stages import Stages
from training.termination import sigterm_unwinds

PLATFORMS: dict[str, Callable[[Mapping[str, str], Wait], Shop]] = {
    "shopify": shopify.connect,
    "woocommerce": woocommerce.connect,
    "magento": magento.connect,
}


@click.command("pull")
@click.argument("platform", type=click.Choice(list(PLATFORMS)))
@click.option(
    "--since",
    metavar="TIME",
    help="Orders that changed at TIME or later (ISO 8601; without a zone, in UTC). "
    "Default: where the last pull ended, or all.",
)
@click.option("--json", "as_json", is_flag=True, help="The result as one JSON object on standard output.")
def pull_command(platform: str, since: str | None, as_json: bool) -> None:
    """Fetch new and changed orders from a shop's API into RECS_DATA_DIR/pull/PLATFORM.

    The shop's address and secrets come from the environment (docs/connect/pull.md).

    \b
    Example:
      python -m training pull shopify
      python -m training run --orders "var/pull/shopify/*.parquet"
    """
    stages = Stages()
    files = PulledFiles(load_settings().data_dir / "pull" / platform)
    shop = PLATFORMS[platform](environment(), _waiting(stages))
    begin = None if since is None else option_time("--since", since, "UTC", "2026-01-05T18:00:00Z")
    with (
        sigterm_unwinds(),
        files.locked(),
        stages.stage("pull", "Pulling") as progress,
    ):

        def tell(summary: PullSummary, reached: datetime | None) -> None:
            until = "" if reached is None else f", to {reached:%Y-%m-%d %H:%M}"
            progress.step(f"{summary.orders:,} orders{until}")

        summary = pull_orders(shop, files, begin, tell)
    if as_json:
        click.echo(json.dumps(_as_json(summary, stages)))
    else:
        _print(summary, files)


def _waiting(stages: Stages) -> Wait:
    def wait(seconds: float, why: str | None) -> None:
        if why is not None:
            stages.say(f"{why}: waiting {seconds:.0f} s")
        sleep(seconds)

    return wait


def _as_json(summary: PullSummary, stages: Stages) -> dict[str, Any]:
    times = {
        name: None if time is None else time.isoformat()
        for name, time in (("since", summary.since), ("watermark", summary.watermark))
    }
    files = [str(file) for file in summary.files]
    return {**asdict(summary), **times, "files": files, "seconds": stages.seconds}


def _print(summary: PullSummary, files: PulledFiles) -> None:
    again = f"; {summary.seen_again:,} came again unchanged" if summary.seen_again else ""
    click.echo(f"{summary.orders:,} orders in {summary.lines:,} lines, {len(summary.files)} new files{again}")
    for reason, orders in summary.quarantine.items():
        click.echo(f"{orders:,} orders could not be read: {reason} (see {files.folder}/*.quarantine.csv)")
    if summary.watermark is not None:
        click.echo(f"complete until {summary.watermark:%Y-%m-%d %H:%M:%S} UTC; next:")
        click.echo(f'  python -m training run --orders "{files.folder}/*.parquet"')
