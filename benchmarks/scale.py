"""What reading, cleaning and the matrix cost beside the least that any reader pays, at 30 million lines.

    python -m benchmarks.scale [--lines 4000000]

The orders of The Complete Journey (the demonstration shop) and, where ../shared is, of Online Retail,
replicated: customers are drawn with replacement and get new ids; for each of them as many of the
customer's own baskets as there are, drawn too, get new numbers. The floor is a bare polars streaming
scan of the columns that training reads, grouped by order, customer and product. Ours is everything from
the file to the users × items matrix. Floor and ours take turns, each in a process of its own, so that what
else the machine does falls on both. Prints a table a shop on stderr and a JSON line a shop on stdout;
ends with 1 if ours takes more than twice the floor's seconds or 1.5 times its peak memory (medians).
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

import click
import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from examples.complete_journey import convert
from tests.needs import SHARED, missing
from training import columns as c
from training.cleaning import clean
from training.connectors import canonical, online_retail
from training.interactions import Interactions
from training.matrix import order_counts
from training.reading import read_orders

PAIRS = 3
MAX_TIME_RATIO = 2.0
MAX_MEMORY_RATIO = 1.5
SEED = 20261123

Result = TypeVar("Result")


@dataclass(frozen=True)
class Cost:
    """What one process took: wall seconds without imports, and its peak resident memory."""

    seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Shop:
    """Real orders, and canonical name → the file's name of the columns that training reads."""

    name: str
    orders: Path
    columns: dict[str, str]


@click.command()
@click.option("--lines", default=30_000_000, show_default=True, help="Order lines of each replicated shop.")
def main(lines: int) -> None:
    missed = False
    with tempfile.TemporaryDirectory(prefix="recs-scale-") as folder:
        for shop in _shops(Path(folder)):
            file = Path(folder) / "replicated.parquet"
            _alone(_replicate, shop, lines, file)
            floor, ours = [], []
            for _ in range(PAIRS):
                floor.append(_alone(_measured, _floor, shop, file))
                ours.append(_alone(_measured, _ours, shop, file))
            missed |= _print(shop, lines, floor, ours)
            file.unlink()
    sys.exit(1 if missed else 0)


def _shops(folder: Path) -> Iterator[Shop]:
    journey = convert(folder)[0]
    yield Shop("The Complete Journey", journey, canonical.column_names(list(pl.read_parquet_schema(journey))))
    if reason := missing("../shared"):
        Console(stderr=True).print(f"Online Retail is left out: {reason}")
    else:
        retail = SHARED / "data/online-retail/orders.parquet"
        yield Shop("Online Retail", retail, online_retail.column_names(list(pl.read_parquet_schema(retail))))


def _alone(work: Callable[..., Result], *arguments: object) -> Result:
    """Run `work` in a fresh process: the peak memory of a process counts from its start."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(work, *arguments).result()


def _measured(work: Callable[[Shop, Path], None], shop: Shop, file: Path) -> Cost:
    began = time.perf_counter()
    work(shop, file)
    seconds = time.perf_counter() - began
    return Cost(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _floor(shop: Shop, file: Path) -> None:
    names = shop.columns
    ids = [names[name] for name in (c.ORDER_ID, c.CUSTOMER_ID, c.PRODUCT_ID)]
    others = [theirs for theirs in names.values() if theirs not in ids]
    told = {
        names[c.QUANTITY]: pl.col(names[c.QUANTITY]).sum(),
        names[c.ORDERED_AT]: pl.col(names[c.ORDERED_AT]).min(),
    }
    aggregates = [told.get(name, pl.col(name).last()) for name in others]
    pl.scan_parquet(file).group_by(ids).agg(aggregates).collect(engine="streaming")


def _ours(shop: Shop, file: Path) -> None:
    order_counts(Interactions.from_clean(clean(read_orders([str(file)]))))


def _replicate(shop: Shop, lines: int, file: Path) -> None:
    """Write `lines` lines, a replica of the shop after the other, each from oldest to newest."""
    names = shop.columns
    real = pl.read_parquet(shop.orders, columns=list(names.values())).with_columns(
        pl.col(names[c.ORDER_ID], names[c.CUSTOMER_ID]).cast(pl.String)
    )
    pieces = file.with_suffix("")
    pieces.mkdir()
    left, number = lines, 10
    while left:
        replica = _replica(real, names[c.ORDER_ID], names[c.CUSTOMER_ID], number)
        replica = replica.sort(names[c.ORDERED_AT], maintain_order=True).head(left)
        replica.write_parquet(pieces / f"{number:05}.parquet")
        left, number = left - replica.height, number + 1
    pl.scan_parquet(pieces / "*.parquet").sink_parquet(file)
    for piece in pieces.iterdir():
        piece.unlink()
    pieces.rmdir()


def _replica(real: pl.DataFrame, order: str, customer: str, number: int) -> pl.DataFrame:
    """As many customers as there are, drawn with replacement, with as many drawn baskets as each has.

    Guests stay guests; their baskets are drawn from those of all guests.
    """
    random = np.random.default_rng(SEED + number)
    baskets = real.group_by(customer, maintain_order=True).agg(pl.col(order).unique(maintain_order=True))
    known = baskets.filter(pl.col(customer).is_not_null())
    drawn = known[random.integers(0, known.height, known.height)].with_columns(
        pl.format(f"{number}{{}}", _digits(known.height, 5)).alias(customer)
    )
    drawn = pl.concat([drawn, baskets.filter(pl.col(customer).is_null())])
    count = drawn[order].list.len().to_numpy()
    owner = np.repeat(np.arange(drawn.height), count)
    pick = pl.Series("pick", (random.random(len(owner)) * count[owner]).astype(np.int64))
    new = (
        drawn[owner]
        .with_columns(pick)
        .select(
            pl.col(order).list.get("pick").alias("basket"),
            pl.col(customer).alias("drawn_customer"),
            pl.format(f"{number}{{}}", _digits(len(owner), 7)).alias("drawn_order"),
        )
    )
    return (
        new.join(real, left_on="basket", right_on=order, how="inner", maintain_order="left_right")
        .with_columns(pl.col("drawn_customer").alias(customer), pl.col("drawn_order").alias(order))
        .select(real.columns)
    )


def _digits(count: int, width: int) -> pl.Series:
    return pl.int_range(count, eager=True).cast(pl.String).str.zfill(width)


def _print(shop: Shop, lines: int, floor: list[Cost], ours: list[Cost]) -> bool:
    """Whether a goal is missed."""
    pairs = list(zip(ours, floor, strict=True))
    times = [one.seconds / least.seconds for one, least in pairs]
    memory = [one.peak_mb / least.peak_mb for one, least in pairs]
    table = Table(title=f"{shop.name}, replicated to {lines:,} lines; {len(pairs)} pairs in turn")
    for column in ("", "seconds", "peak MB"):
        table.add_column(column, justify="right" if column else "left")
    for name, costs in (("bare scan and group-by", floor), ("read, clean, matrix", ours)):
        seconds, peaks = [f"{one.seconds:.1f}" for one in costs], [f"{one.peak_mb:,.0f}" for one in costs]
        table.add_row(name, ", ".join(seconds), ", ".join(peaks))
    table.add_row("ratio, median", f"{median(times):.2f}", f"{median(memory):.2f}")
    table.add_row("goal, at most", f"{MAX_TIME_RATIO:.2f}", f"{MAX_MEMORY_RATIO:.2f}")
    Console(stderr=True).print(table)
    figures = {
        "benchmark": "scale",
        "shop": shop.name,
        "data": "replicated",
        "lines": lines,
        "floor_seconds": [round(one.seconds, 1) for one in floor],
        "seconds": [round(one.seconds, 1) for one in ours],
        "floor_peak_mb": [round(one.peak_mb) for one in floor],
        "peak_mb": [round(one.peak_mb) for one in ours],
        "time_ratio": round(median(times), 2),
        "memory_ratio": round(median(memory), 2),
    }
    print(json.dumps(figures), flush=True)
    return median(times) > MAX_TIME_RATIO or median(memory) > MAX_MEMORY_RATIO


if __name__ == "__main__":
    main()
