"""What is known of each customer's own purchases of each product: how often, how long ago, how regularly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.interactions import Interactions


@dataclass(frozen=True, eq=False)
class PurchaseFacts:
    """One row for each product that each customer bought.

    Attributes:
        keys: (purchases,) int64, rising: customer × number of products + product.
        facts: feature → (purchases,) float32.
        n_products: by which the keys are made.
    """

    keys: np.ndarray
    facts: dict[str, np.ndarray]
    n_products: int

    @classmethod
    def of(cls, known: Interactions) -> PurchaseFacts:
        """Of all rows that have a customer; ages count back from `known.now`."""
        n_products = len(known.products)
        key = known.customer.astype(np.int64) * n_products + known.product
        by_key = np.argsort(key, kind="stable")  # keeps the oldest first
        key, age, quantity = key[by_key], known.age_days[by_key], known.quantity[by_key]
        starts = np.flatnonzero(np.diff(key, prepend=-1))
        times = np.diff(starts, append=len(key))
        ends = starts + times - 1
        before_last = np.where(times > 1, ends - 1, ends)
        first, last = age[starts], age[ends]
        product = key[starts] % n_products
        gap = _or_nan((first - last) / np.maximum(times - 1, 1), times > 1)
        usual = _usual_gap(key, age, n_products)[product]
        facts = {
            "own_orders": times,
            "own_quantity": np.add.reduceat(quantity, starts) if len(starts) else starts,
            "own_in_last_order": known.order[by_key][ends] == _last_order(known)[key[starts] // n_products],
            "own_days_since_first": first,
            "own_days_since_last": last,
            "own_gap": gap,
            "own_last_gap": _or_nan(age[before_last] - last, times > 1),
            "own_gaps_since_last": last / np.maximum(gap, 0.5),
            "product_gap": usual,
            "product_gaps_since_last": last / np.maximum(usual, 0.5),
        }
        return cls(key[starts], {name: v.astype(np.float32) for name, v in facts.items()}, n_products)

    def look_up(self, users: np.ndarray, items: np.ndarray) -> dict[str, np.ndarray]:
        """Feature → (n,) float32 for n pairs; NaN where the customer never bought the product."""
        key = users.astype(np.int64) * self.n_products + items
        place = np.minimum(np.searchsorted(self.keys, key), max(len(self.keys) - 1, 0))
        if not len(self.keys):
            return {name: np.full(len(key), np.nan, dtype=np.float32) for name in self.facts}
        bought = self.keys[place] == key
        return {name: _or_nan(values[place], bought) for name, values in self.facts.items()}


def usual_gap_days(interactions: Interactions) -> np.ndarray:
    """Median days between two purchases of a product by one customer: (products,), NaN where none has two."""
    known = interactions.known()
    n_products = len(known.products)
    key = known.customer.astype(np.int64) * n_products + known.product
    by_key = np.argsort(key, kind="stable")
    return _usual_gap(key[by_key], known.age_days[by_key], n_products)


def _or_nan(values: np.ndarray, holds: np.ndarray) -> np.ndarray:
    return np.where(holds, values, np.float32(np.nan))


def _last_order(known: Interactions) -> np.ndarray:
    """(customers,) number of each customer's latest order, -1 without one."""
    last = np.full(len(known.customers), -1, dtype=np.int64)
    last[known.customer] = known.order  # rows run from oldest to newest: the last assigned stays
    return last


def _usual_gap(key: np.ndarray, age: np.ndarray, n_products: int) -> np.ndarray:
    """Median days between two purchases of a product by one customer: (products,), NaN where none has two.

    Args:
        key: rising, one customer's purchases of a product together.
        age: days, falling within a key.
    """
    again = key[1:] == key[:-1]
    product = key[1:][again] % n_products
    gap = (age[:-1] - age[1:])[again]
    by_product = np.lexsort((gap, product))
    product, gap = product[by_product], gap[by_product]
    usual = np.full(n_products, np.nan, dtype=np.float32)
    starts = np.flatnonzero(np.diff(product, prepend=-1))
    if len(starts):
        lengths = np.diff(starts, append=len(product))
        usual[product[starts]] = gap[starts + lengths // 2]
    return usual
