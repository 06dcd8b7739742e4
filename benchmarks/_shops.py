"""The shops that models are measured on, as a run would read them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from examples.complete_journey import convert
from tests.needs import SHARED, missing
from training.catalog import ProductTable, read_catalog
from training.cleaning import clean
from training.interactions import Interactions
from training.item_likeness import ItemLikeness
from training.reading import read_orders


@dataclass(frozen=True, eq=False)
class Shop:
    """A shop's history and what it sells."""

    name: str
    interactions: Interactions
    catalog: ProductTable


def shops() -> Iterator[Shop]:
    """Online Retail, a gift shop, where ../shared is; and The Complete Journey, the demonstration shop."""
    if reason := missing("../shared"):
        Console(stderr=True).print(f"Online Retail is left out: {reason}")
    else:
        yield _read("Online Retail", SHARED / "data/online-retail/orders.parquet")
    with tempfile.TemporaryDirectory() as folder:
        yield _read("The Complete Journey", *convert(Path(folder)))


def _read(name: str, orders: Path, *catalog: Path) -> Shop:
    found = clean(read_orders([str(orders)]))
    interactions = Interactions.from_clean(found)
    table = read_catalog([str(file) for file in catalog]).for_products(interactions.products, found.lines)
    likeness = ItemLikeness.of(table, len(interactions.products))
    return Shop(name, interactions.described_by(likeness), table)
