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
from dataclasses import asdict

from benchmarks._shops import Shop, shops
from training.diversity import RERANKED, Controls, DiversityConfig
from training.diversity.price import Price, price_of_diversity
from training.evaluation.beyond_accuracy import Assortment
from training.fitting import fit_rankers
from training.item_attributes import attributes_of
from training.model_config import ModelConfig
from training.splits import temporal_split

LIST_LENGTH = 100
HEADINGS = ("setting", "NDCG@10", "change", "95 % interval", "shown", "Gini", "likeness", "long tail")


def main() -> int:
    """Measure both shops; the exit code."""
    for shop in shops():
        prices = _measured(shop)
        for price in prices:
            print(json.dumps({"benchmark": "diversity", "shop": shop.name, **asdict(price)}))
        for placement in RERANKED:
            _print_table(shop.name, placement, [price for price in prices if price.placement == placement])
    return 0


def _measured(shop: Shop) -> list[Price]:
    attributes = attributes_of(shop.catalog)
    split = temporal_split(shop.interactions)
    rankers = fit_rankers(split.train, ModelConfig())
    controls = Controls(DiversityConfig(), attributes, LIST_LENGTH)
    return price_of_diversity(rankers, split, controls, Assortment(attributes.tokens, shop.catalog.available))


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
