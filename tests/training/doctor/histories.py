"""Small histories for the doctor, healthy but for the fault that a test plants."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.builders import line, staged, text_file
from training.catalog import read_catalog
from training.cleaning import clean
from training.configuration import TrainingConfig
from training.doctor.examination import examine
from training.doctor.findings import Diagnosis
from training.doctor.history import History
from training.interactions import Interactions

START = datetime(2026, 1, 5, tzinfo=UTC)
"""A Monday."""

CLOCK = datetime(2026, 4, 15, tzinfo=UTC)
"""When the doctor looks: the day after the last order of `healthy`."""

Line = dict[str, Any]


def day(number: int, hour: int = 12) -> str:
    """The time of an order on a day of the history, from 0."""
    return (START + timedelta(days=number, hours=hour)).isoformat()


def healthy(days: int = 100, customers: int = 20) -> list[Line]:
    """Three orders a day of two products each, by customers in turn; ids `c00`…, `p00`…, orders `o000-0`…"""
    rows = []
    for number in range(days):
        for turn in range(3):
            customer = (3 * number + turn) % customers
            for product in (customer % 15, 15 + (customer + number) % 15):
                rows.append(
                    line(
                        f"o{number:03}-{turn}",
                        f"c{customer:02}",
                        f"p{product:02}",
                        at=day(number, 9 + turn),
                        title=f"Product {product}",
                        currency="EUR",
                    )
                )
    return rows


def history(lines: Iterable[Line], catalog: str | None = None, folder: Path | None = None) -> History:
    """The history that these lines make, with a catalogue of this CSV text (which needs a folder)."""
    read = staged(lines)
    orders = clean(read)
    interactions = Interactions.from_lines(orders.lines, None, orders.customers)
    sources = [text_file(folder, catalog, "catalog.csv")] if folder and catalog else []
    listed = read_catalog(sources)
    products = listed.for_products(interactions.products, orders.lines)
    return History(read, orders, interactions, listed, products, int(CLOCK.timestamp()))


def diagnosis(lines: Iterable[Line], catalog: str | None = None, folder: Path | None = None) -> Diagnosis:
    """What the doctor says of it."""
    return examine(history(lines, catalog, folder), TrainingConfig())
