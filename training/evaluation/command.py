"""`python -m training evaluate`: measure every model on orders that it has not seen, and write it down."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from training import report
from training.connectors.database_address import shown
from training.diversity import Controls
from training.diversity.price import Price, price_of_diversity, row_of
from training.evaluation import Terms
from training.evaluation.beyond_accuracy import Assortment
from training.evaluation.page import Subject, render
from training.evaluation.plots import draw_all
from training.evaluation.rolling import RollingEvaluation, evaluate_windows, pooled
from training.item_attributes import attributes_of
from training.preparation import Prepared, prepare
from training.run_id import new_run_id
from training.run_options import Inputs, events_option, inputs_of, source_options
from training.stages import Stages
from training.summary import RunSummary
from training.user_paths import naming, require_writable


@click.command("evaluate")
@source_options
@events_option
@click.option(
    "--report",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where report.html and metrics.json are written; created if absent.",
)
def evaluate_command(as_json: bool, folder: Path, **options: Any) -> None:
    """Measure every model on several windows of the history; publishes nothing and needs no store.

    \b
    Example:
      python -m training evaluate --orders "exports/*.csv" --catalog products.csv --report report
    """
    inputs = inputs_of(**options)
    require_writable("--report", folder)
    stages = Stages()
    summary = RunSummary(seconds=stages.seconds, peak_mb=stages.peak_mb)
    run_folder = inputs.settings.data_dir / "runs" / new_run_id()
    prepared = prepare(inputs.sources, inputs.config.orders, run_folder, stages, summary)
    found, prices = _measure(prepared, inputs, stages)
    summary.metrics = found.metrics
    summary.evaluation = {**found.as_json(), "diversity": [asdict(price) for price in prices]}
    summary.judged_customers = found.customers["all"]
    text = json.dumps(summary.as_json(), indent=2)
    page = folder / "report.html"
    with stages.stage("draw", "Drawing the page"), naming("--report", folder):
        (folder / "metrics.json").write_text(text + "\n", encoding="utf-8")
        page.write_text(_page(found, prices, prepared, inputs), encoding="utf-8")
    if as_json:
        click.echo(text)
    else:
        report.print_evaluation(found)
        stages.say(f"the same with pictures: {page}")


def _measure(prepared: Prepared, inputs: Inputs, stages: Stages) -> tuple[RollingEvaluation, list[Price]]:
    """The figures of all models, and what diversity would cost in the last window."""
    settings = inputs.config.evaluation
    catalog = prepared.catalog
    attributes = attributes_of(catalog)
    assortment = Assortment(attributes.tokens, catalog.available) if inputs.sources.catalog else None
    controls = Controls(inputs.config.diversity, attributes, inputs.config.publish.list_length)
    for note in controls.notes():
        stages.say(note)
    prices: list[Price] = []
    with stages.stage("evaluate", "Measuring every model") as progress:
        windows = evaluate_windows(
            prepared.interactions,
            inputs.config.models,
            settings.window_days,
            settings.cutoffs,
            terms=Terms(
                assortment,
                controls,
                afterwards=lambda rankers, split: prices.extend(
                    price_of_diversity(rankers, split, controls, assortment, progress.step)
                ),
            ),
            progress=progress.step,
            done=progress,
        )
        return pooled(list(windows)), prices


def _page(found: RollingEvaluation, prices: list[Price], prepared: Prepared, inputs: Inputs) -> str:
    interactions = prepared.interactions
    sizes = {
        "orders": interactions.n_orders,
        "customers": len(interactions.customers),
        "products": len(interactions.products),
    }
    sources = [shown(source) for source in inputs.sources.orders]
    subject = Subject(sources, sizes, [row_of(price) for price in prices])
    cache = inputs.settings.data_dir / "cache" / "matplotlib"
    return render(found, subject, list(draw_all(found, cache, prices)) if found.metrics else ())
