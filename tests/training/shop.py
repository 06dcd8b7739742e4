"""Orders to train on: five, and those of a small shop with habits, tastes and guests, the same in every run.

The shop's are enough for the gate to judge by.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

START = datetime(2026, 1, 1, tzinfo=UTC)
FIVE_ORDERS = """order_id,customer_id,product_id,quantity,unit_price,ordered_at
1,anna,tea,1,3.5,2026-01-01
2,anna,tea,1,3.5,2026-01-05
3,bob,mug,2,8,2026-01-06
3,bob,tea,1,3.5,2026-01-06
4,,mug,1,8,2026-01-07
5,bob,jam,1,4,2026-01-08
"""
"""Anna buys tea; Bob mug, tea, jam; a guest a mug."""

TASTES, PRODUCTS_A_TASTE = 8, 15


def write_orders(path: Path, customers: int = 150, weeks: int = 20, seed: int = 1) -> Path:
    """Weekly orders of customers who re-buy three favourites and try others of their taste.

    Ids: customers `c000`…, products `t0-00`… (taste, number), guests without an id.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        taste = customer % TASTES
        favourites = rng.choice(PRODUCTS_A_TASTE, 3, replace=False)
        for week in range(weeks):
            if rng.random() < 0.35:
                continue
            tried = rng.choice(PRODUCTS_A_TASTE, 2, replace=False)
            chosen = {*favourites[rng.random(3) < 0.6].tolist(), *tried.tolist()}
            at = START + timedelta(days=7 * week + int(rng.integers(7)), minutes=customer)
            guest = rng.random() < 0.1
            order_id, customer_id = f"o{customer:03}-{week:02}", None if guest else f"c{customer:03}"
            rows += [
                (order_id, customer_id, f"t{taste}-{product:02}", 1, 2.5, at) for product in sorted(chosen)
            ]
    schema = ["order_id", "customer_id", "product_id", "quantity", "unit_price", "ordered_at"]
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(path)
    return path
