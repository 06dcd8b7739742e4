"""What each diversity control costs in accuracy, on two shops: a grocer and a gift shop.

    python -m benchmarks.diversity

The Complete Journey (the demonstration shop) and, where ../shared is, Online Retail, whose catalogue tells
no categories; the blend with its defaults, the last 31 days held back, by the protocol of
docs/evaluation.md. Prints a table a list on stderr, as docs/diversity.md shows them, and on stdout one JSON
line a setting.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from examples.complete_journey import convert
from tests.needs import SHARED, missing
from training.catalog import read_catalog
from training.cleaning import clean
from training.diversity import Controls, DiversityConfig
from training.diversity.price import VIEW_OF_LIST, Price, price_of_diversity
from training.evaluation.beyond_accuracy import Assortment
from training.fitting import fit_rankers
from training.interactions import Interactions
from training.item_attributes import item_attributes
from training.model_config import ModelConfig
from training.reading import read_orders
from training.splits import temporal_split

LIST_LENGTH = 100
HEADINGS = ("setting", "NDCG@10", "change", "95 % interval", "shown", "Gini", "likeness", "long tail")


def main() -> int:
    """Measure both shops; the exit code."""
    for shop, orders, catalog in _shops():
        prices = _measured(orders, catalog)
        for price in prices:
            print(json.dumps({"benchmark": "diversity", "shop": shop, **asdict(price)}))
        for placement in VIEW_OF_LIST:
            _print_table(shop, placement, [price for price in prices if price.placement == placement])
    return 0


def _shops() -> Iterator[tuple[str, Path, Path | None]]:
    """Name, orders and catalogue."""
    with tempfile.TemporaryDirectory() as folder:
        yield ("The Complete Journey", *convert(Path(folder)))
    if reason := missing("../shared"):
        print(f"Online Retail is left out: {reason}", file=sys.stderr)
    else:
        yield "Online Retail", SHARED / "data" / "online-retail" / "orders.parquet", None


def _measured(orders: Path, catalog: Path | None) -> list[Price]:
    found = clean(read_orders([str(orders)]))
    interactions = Interactions.from_clean(found)
    table = read_catalog([str(catalog)] if catalog else []).for_products(interactions.products, found.lines)
    attributes = item_attributes(table.records)
    split = temporal_split(interactions)
    rankers = fit_rankers(split.train, ModelConfig())
    controls = Controls(DiversityConfig(), attributes, LIST_LENGTH)
    return price_of_diversity(rankers, split, controls, Assortment(attributes.tokens, table.available))


def _print_table(shop: str, placement: str, prices: list[Price]) -> None:
    """Markdown."""
    print(f"\n{shop}, `{placement}`:\n", file=sys.stderr)
    rows = [HEADINGS, tuple("---" for _ in HEADINGS), *map(_cells, prices)]
    for row in rows:
        print(f"| {' | '.join(row)} |", file=sys.stderr)


def _cells(price: Price) -> tuple[str, ...]:
    return (
        price.setting,
        f"{price.ndcg:.4f}",
        "" if price.kept is None else f"{price.kept - 1:+.1%}",
        f"{price.low:+.4f} to {price.high:+.4f}",
        *(
            "" if figure is None else f"{figure:.3f}"
            for figure in (price.coverage, price.gini, price.similarity, price.tail_share)
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
