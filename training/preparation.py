"""What a run works on: clean orders as interactions, and the catalogue that goes with them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from service.store.tombstones import Tombstones
from training.catalog import ProductTable, read_catalog
from training.catalog_coverage import catalog_coverage
from training.cleaning import Accounting, clean
from training.configuration import OrdersConfig
from training.doctor.examination import examine_briefly
from training.doctor.findings import Severity
from training.doctor.terminal import in_passing
from training.interactions import Interactions
from training.interest import Interest
from training.item_likeness import ItemLikeness
from training.quarantine import Quarantine
from training.reading import AS_FOUND, ReadingOptions, read_orders
from training.stages import Stages
from training.summary import RunSummary
from training.user_paths import naming
from training.visitor_events import EventSource, VisitorEvents, read_visitor_events, with_purchases


@dataclass(frozen=True)
class Sources:
    """Which orders and catalogue to read, and how.

    Attributes:
        orders: as in `training.reading.read_orders`.
        options: how to read them.
        catalog: files, globs or `-`; empty: titles and prices come from the orders.
        as_of: seconds since 1970 UTC; None: the last order's time.
        tombstones: of customers whose earlier orders count no more.
        events: what visitors did; None: nothing of it is taken in.
    """

    orders: tuple[str, ...]
    options: ReadingOptions = AS_FOUND
    catalog: tuple[str, ...] = ()
    as_of: int | None = None
    tombstones: Tombstones = field(default_factory=dict)
    events: EventSource | None = None


@dataclass(frozen=True, eq=False)
class Prepared:
    """Orders and catalogue, under one numbering of products: the sold ones first, as in `interactions`."""

    interactions: Interactions
    catalog: ProductTable


def prepare(
    sources: Sources, config: OrdersConfig, run_folder: Path, stages: Stages, summary: RunSummary
) -> Prepared:
    """Read and clean; the quarantine is written even where the run ends here.

    Args:
        run_folder: where `quarantine.csv` and `quarantine_catalog.csv` go, if any row is bad.
        summary: told the accounting and the sizes.

    Raises:
        InputRefused: unreadable, nothing left, or too large a share of bad rows.
        UsageError: an unknown format or zone.
    """
    with stages.stage("read", "Reading orders"):
        staged = read_orders(sources.orders, sources.options)
    for note in staged.notes:
        stages.say(note)
    events = _read_events(sources, stages, summary)
    if events is not None:
        staged, summary.events["order_lines"] = with_purchases(staged, events)
    with stages.stage("clean", "Cleaning"):
        orders = clean(staged, as_of=sources.as_of, tombstones=sources.tombstones)
        _account(orders.accounting, summary)
    write_quarantine(staged.quarantine, run_folder / "quarantine.csv", stages)
    orders.accounting.require_usable(config.max_quarantined)
    with stages.stage("catalog", "Reading the catalogue"):
        interactions = Interactions.from_clean(orders, sources.as_of)
        options = sources.options
        catalog = read_catalog(
            sources.catalog, timezone=options.timezone, keys=options.keys, now=interactions.now
        )
        table = catalog.for_products(interactions.products, orders.lines)
        interactions = interactions.described_by(ItemLikeness.of(table, len(interactions.products)))
    if events is not None:
        interactions = _with_interest(interactions, events, sources)
        summary.events["interest"] = len(interactions.interest or ())
    for note in catalog.notes:
        stages.say(note)
    write_quarantine(catalog.quarantine, run_folder / "quarantine_catalog.csv", stages)
    catalog.require_usable(config.max_quarantined)
    if sources.catalog:
        summary.catalog = catalog_coverage(catalog, interactions)
    _examine(interactions, orders.accounting, stages, summary)
    summary.orders = interactions.n_orders
    summary.customers = len(interactions.customers)
    summary.products = len(interactions.products)
    summary.interactions = len(interactions)
    return Prepared(interactions, table)


def _read_events(sources: Sources, stages: Stages, summary: RunSummary) -> VisitorEvents | None:
    if sources.events is None:
        return None
    with stages.stage("events", "Reading events"):
        events = read_visitor_events(sources.events.folder, sources.tombstones)
    summary.events = {"counted": events.rows.height, "left_out": events.left_out}
    if not events.rows.height:
        stages.say(f"no events that count in {sources.events.folder}")
    return events


def _with_interest(interactions: Interactions, events: VisitorEvents, sources: Sources) -> Interactions:
    assert sources.events is not None
    interest = Interest.of(events, interactions.customers, interactions.products, sources.events.worth)
    if sources.as_of is not None:
        interest = interest.before(sources.as_of + 1)
    return interactions.with_interest(interest)


def _examine(interactions: Interactions, accounting: Accounting, stages: Stages, summary: RunSummary) -> None:
    """The doctor's quick questions. They stop nothing, and the clock tells it future dates only."""
    with stages.stage("doctor", "Examining the orders"):
        diagnosis = examine_briefly(interactions, accounting, clock=int(time.time()))
    for warning in in_passing(diagnosis):
        stages.say(warning)
    summary.doctor = [finding.as_json() for finding in diagnosis.findings if finding.severity > Severity.OK]


def _account(accounting: Accounting, summary: RunSummary) -> None:
    summary.ignored = accounting.ignored
    summary.quarantine = accounting.quarantined
    summary.rows = {
        "read": accounting.read,
        "kept": accounting.kept,
        "merged": accounting.merged,
        "ignored": sum(accounting.ignored.values()),
        "quarantined": sum(accounting.quarantined.values()),
    }


def write_quarantine(quarantine: Quarantine, file: Path, stages: Stages) -> None:
    """Write the bad rows, if there are any, and say where. Raises `UsageError` where that fails."""
    if len(quarantine):
        with naming("RECS_DATA_DIR", file):
            quarantine.write(file)
        stages.say(f"{len(quarantine):,} bad rows are kept in {file}")
