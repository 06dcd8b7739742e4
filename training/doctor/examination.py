"""All questions to a history, and the few that cost so little that every run asks them."""

from __future__ import annotations

from collections.abc import Iterator

from training.catalog_coverage import catalog_coverage
from training.cleaning import Accounting
from training.configuration import TrainingConfig
from training.doctor import (
    checks_customers,
    checks_dates,
    checks_placements,
    checks_prices,
    checks_products,
    checks_rows,
    checks_split,
)
from training.doctor.findings import Diagnosis, Finding, Severity
from training.doctor.history import History, OrderTable
from training.errors import InputRefused
from training.interactions import Interactions


def examine(history: History, config: TrainingConfig) -> Diagnosis:
    """Every check. Where nothing is left to train on, those of the rows alone."""
    return Diagnosis.of(_findings(history, config))


def examine_briefly(interactions: Interactions, accounting: Accounting, clock: int) -> Diagnosis:
    """What a run can ask in passing: one look at each interaction, no joins, no sorting.

    Args:
        interactions: not empty.
        accounting: where the rows went.
        clock: seconds since 1970 UTC.
    """
    table = OrderTable.of(interactions)
    return Diagnosis.of(
        [
            checks_rows.ignored(accounting),
            checks_dates.future_dates(table, clock),
            checks_dates.ancient_dates(table),
            checks_dates.gaps(table, clock),
            checks_customers.guests(interactions, table),
            checks_customers.nobody_as_customer(interactions, table),
            checks_customers.large_customer(interactions, table),
            checks_customers.repeat_rate(table),
            checks_customers.basket_sizes(table),
            checks_placements.similar_items(interactions),
            checks_placements.bought_together(interactions),
        ]
    )


def unreadable(error: InputRefused) -> Diagnosis:
    """What is left to say of orders that cannot be read at all."""
    advice = "Training refuses that. Correct the export, or name its --format; see docs/orders.md."
    return Diagnosis.of([Finding("unreadable", "Unreadable", Severity.REFUSAL, f"{error}.", advice)])


def _findings(history: History, config: TrainingConfig) -> Iterator[Finding]:
    yield from _rows(history, config)
    if not len(history.interactions):
        return
    yield from _dates(history)
    yield from _customers(history)
    yield from _products(history)
    yield from _leakage(history, config)
    yield from _placements(history, config)


def _rows(history: History, config: TrainingConfig) -> Iterator[Finding]:
    accounting = history.orders.accounting
    yield checks_rows.accounted(accounting)
    yield checks_rows.quarantined(accounting, config.orders.max_quarantined)
    yield checks_rows.nothing_left(accounting)
    if history.catalog.files:
        yield checks_rows.unreadable_catalog_rows(history.catalog, config.orders.max_quarantined)
        yield checks_rows.empty_catalog(history.catalog)
    yield checks_rows.guesses(history.staged)
    yield checks_rows.ignored(accounting)
    yield checks_rows.duplicates(history.staged)
    yield checks_rows.unmatched_returns(history.staged, accounting)


def _dates(history: History) -> Iterator[Finding]:
    table, clock = history.table, history.clock
    yield checks_dates.span(table, clock)
    yield checks_dates.future_dates(table, clock)
    yield checks_dates.ancient_dates(table)
    yield checks_dates.gaps(table, clock)
    yield checks_dates.thin_weeks(table, clock)


def _customers(history: History) -> Iterator[Finding]:
    interactions, table = history.interactions, history.table
    yield checks_customers.repeat_rate(table)
    yield checks_customers.basket_sizes(table)
    yield checks_customers.guests(interactions, table)
    yield checks_customers.nobody_as_customer(interactions, table)
    yield checks_customers.large_customer(interactions, table)
    yield checks_customers.busy_customers(interactions, table)
    yield checks_customers.daily_customers(interactions, table)


def _products(history: History) -> Iterator[Finding]:
    interactions, catalog, products = history.interactions, history.catalog, history.products
    yield checks_products.renamed(interactions, products)
    yield checks_products.lookalike_ids(interactions)
    yield checks_products.dominant_product(interactions, history.table, products)
    if catalog.read:
        coverage = catalog_coverage(catalog, interactions)
        yield checks_products.sold_not_listed(coverage)
        yield checks_products.listed_not_sold(coverage)
        yield checks_products.in_stock(interactions, products)
        yield checks_split.sold_before_available(interactions, catalog, products)
    yield checks_prices.currencies(history.orders.lines)
    yield checks_prices.free_lines(history.orders.lines)


def _leakage(history: History, config: TrainingConfig) -> Iterator[Finding]:
    interactions, window = history.interactions, config.evaluation.window_days
    yield checks_split.orders_across_the_cut(interactions, window)
    yield checks_split.lines_at_two_times(history.orders.lines)
    yield checks_split.twin_orders(interactions, window)


def _placements(history: History, config: TrainingConfig) -> Iterator[Finding]:
    interactions, table = history.interactions, history.table
    yield checks_placements.coverage(interactions, table)
    yield checks_placements.comparison(interactions, config)
    yield checks_placements.for_you(table)
    yield checks_placements.discover(interactions)
    yield checks_placements.buy_it_again(interactions)
    yield checks_placements.similar_items(interactions)
    yield checks_placements.bought_together(interactions)
    yield checks_placements.trending(interactions, table)
    yield checks_placements.new_arrivals(interactions, history.products)
