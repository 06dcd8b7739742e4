"""`python -m training doctor`: say what is wrong with an order history, and what to do about it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click

from training.catalog import read_catalog
from training.cleaning import clean
from training.connectors.database_address import shown
from training.doctor.examination import examine, unreadable
from training.doctor.findings import Diagnosis, Severity
from training.doctor.history import History
from training.doctor.page import Subject, render
from training.doctor.plots import draw_all
from training.doctor.terminal import print_diagnosis
from training.errors import InputRefused
from training.interactions import Interactions
from training.quarantine import Quarantine
from training.reading import read_orders
from training.run_options import Inputs, inputs_of, source_options
from training.stages import Stages
from training.user_paths import naming, require_writable


@click.command("doctor")
@source_options
@click.option(
    "--report",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where doctor.html and quarantine.csv are written. Default: RECS_DATA_DIR/doctor.",
)
def doctor_command(as_json: bool, folder: Path | None, **options: Any) -> None:
    """Say what is wrong with an order history, and what to do; trains nothing and needs no store.

    \b
    Example:
      python -m training doctor --orders "exports/*.csv" --catalog products.csv
    """
    inputs = inputs_of(**options)
    folder = folder or inputs.settings.data_dir / "doctor"
    require_writable("--report", folder)
    stages, clock = Stages(), int(time.time())
    diagnosis, history = _diagnose(inputs, stages, clock)
    page = folder / "doctor.html"
    with stages.stage("draw", "Drawing the page"), naming("--report", folder):
        cache = inputs.settings.data_dir / "cache" / "matplotlib"
        page.write_text(_page(diagnosis, history, inputs, clock, cache), encoding="utf-8")
        if history is not None:
            _write_quarantine(history.staged.quarantine, folder / "quarantine.csv")
            _write_quarantine(history.catalog.quarantine, folder / "quarantine_catalog.csv")
    if as_json:
        click.echo(json.dumps({**diagnosis.as_json(), "report": str(page)}))
    else:
        print_diagnosis(diagnosis)
        stages.say(f"the same with pictures: {page}")
    if diagnosis.refused:
        raise InputRefused(" ".join(found.seen for found in diagnosis.at(Severity.REFUSAL)).rstrip("."))


def _diagnose(inputs: Inputs, stages: Stages, clock: int) -> tuple[Diagnosis, History | None]:
    """What is found, and in what; no history where it cannot be read at all."""
    try:
        history = _read(inputs, stages, clock)
    except InputRefused as error:
        return unreadable(error), None
    with stages.stage("examine", "Examining"):
        return examine(history, inputs.config), history


def _read(inputs: Inputs, stages: Stages, clock: int) -> History:
    sources = inputs.sources
    with stages.stage("read", "Reading orders"):
        staged = read_orders(sources.orders, sources.options)
    with stages.stage("clean", "Cleaning"):
        orders = clean(staged, as_of=sources.as_of, tombstones=sources.tombstones)
        interactions = Interactions.from_clean(orders, sources.as_of)
    with stages.stage("catalog", "Reading the catalogue"):
        options = sources.options
        catalog = read_catalog(
            sources.catalog, timezone=options.timezone, keys=options.keys, now=interactions.now
        )
        products = catalog.for_products(interactions.products, orders.lines)
    for note in (*staged.notes, *catalog.notes):
        stages.say(note)
    return History(staged, orders, interactions, catalog, products, clock)


def _page(diagnosis: Diagnosis, history: History | None, inputs: Inputs, clock: int, cache: Path) -> str:
    if history is None:
        return render(diagnosis, Subject([shown(source) for source in inputs.sources.orders], clock, {}), ())
    interactions = history.interactions
    sizes = {
        "rows read": history.staged.read,
        "orders": interactions.n_orders,
        "customers": len(interactions.customers),
        "products": len(interactions.products),
    }
    subject = Subject(history.staged.files, clock, sizes)
    plots = list(draw_all(interactions, history.table, clock, cache)) if len(interactions) else []
    return render(diagnosis, subject, plots)


def _write_quarantine(quarantine: Quarantine, file: Path) -> None:
    if len(quarantine):
        quarantine.write(file)
    else:
        # One from an earlier visit would tell of rows that are corrected now.
        file.unlink(missing_ok=True)
