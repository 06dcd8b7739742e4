"""A shop that was made up so that the right answer of every model is known.

Four tastes of 14 products each, and 40 products of a season that all customers share:

    weekly    products 0 and 1 of a taste: each customer buys one of them every week
    seldom    2 and 3: both every 56 days; the last time one 55 days ago (due), the other yesterday (stocked)
    tried     4 to 13: each customer tries half of them, once, on any day
    seasonal  20 that sell in the last three weeks, and 20 that sold as much in the first three

Each purchase is an order of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from training.interactions import SECONDS_PER_DAY, Interactions

TASTES, A_TASTE, SEASONAL = 4, 14, 20
CUSTOMERS, DAYS, SEASON_DAYS = 240, 280, 21
N_SOLD = TASTES * A_TASTE + 2 * SEASONAL
UNSOLD_A_TASTE = 5


@dataclass(frozen=True, eq=False)
class Labels:
    """What is to rank above what, for each customer: both (customers, items) bool."""

    better: np.ndarray
    worse: np.ndarray

    def between_others(self, rng: np.random.Generator) -> Labels:
        """The same for customers drawn at random, so that nobody's labels say anything of them."""
        drawn = rng.permutation(len(self.better))
        return Labels(self.better[drawn], self.worse[drawn])

    def of_others(self, rng: np.random.Generator) -> Labels:
        """The same for products drawn at random from those labelled, alike for all customers."""
        labelled = np.flatnonzero((self.better | self.worse).any(axis=0))
        drawn = np.arange(self.better.shape[1])
        drawn[labelled] = rng.permutation(labelled)
        return Labels(self.better[:, drawn], self.worse[:, drawn])


@dataclass(frozen=True, eq=False)
class PlantedShop:
    """The orders, and what is true of them.

    Attributes:
        interactions: customers and products are their numbers; `now` is the end of the last day.
        taste: (customers,) of each.
        variant: (customers,) 0 or 1: which weekly product is the customer's, and which seldom one is due.
    """

    interactions: Interactions
    taste: np.ndarray
    variant: np.ndarray

    @classmethod
    def planted(cls, seed: int = 0) -> PlantedShop:
        rng = np.random.default_rng(seed)
        taste, variant = np.arange(CUSTOMERS) % TASTES, np.arange(CUSTOMERS) // TASTES % 2
        rows = [
            (day, customer, product)
            for customer in range(CUSTOMERS)
            for day, product in _purchases(int(taste[customer]), int(variant[customer]), rng)
        ]
        day, customer, product = np.array(sorted(rows)).T
        at = (day * SECONDS_PER_DAY).astype(np.int64)
        orders = Interactions(
            customers=np.arange(CUSTOMERS),
            products=np.arange(N_SOLD),
            customer=customer.astype(np.int32),
            product=product.astype(np.int32),
            order=np.arange(len(day), dtype=np.int32),
            ordered_at=at,
            quantity=np.ones(len(day), dtype=np.float32),
            unit_price=np.ones(len(day), dtype=np.float32),
            now=DAYS * SECONDS_PER_DAY,
        )
        return cls(orders, taste, variant)

    def shuffled(self, seed: int = 0) -> PlantedShop:
        """The same orders, each of a product drawn from all that were sold: nothing is left to learn."""
        orders = self.interactions
        drawn = np.random.default_rng(seed).permutation(orders.product)
        return replace(self, interactions=replace(orders, product=drawn))

    @property
    def taste_labels(self) -> Labels:
        """Products to try: those of the own taste above those of others."""
        tried = self._of_taste(range(4, A_TASTE))
        own = tried[self.taste]
        return Labels(own, tried.any(axis=0) & ~own)

    @property
    def habit_labels(self) -> Labels:
        """The own weekly product above all others."""
        weekly = np.zeros((CUSTOMERS, N_SOLD), dtype=bool)
        weekly[np.arange(CUSTOMERS), self.taste * A_TASTE + self.variant] = True
        return Labels(weekly, ~weekly)

    @property
    def cadence_labels(self) -> Labels:
        """The seldom product that is due above the one that was bought yesterday."""
        due, stocked = np.zeros((2, CUSTOMERS, N_SOLD), dtype=bool)
        due[np.arange(CUSTOMERS), self.taste * A_TASTE + 2 + self.variant] = True
        stocked[np.arange(CUSTOMERS), self.taste * A_TASTE + 3 - self.variant] = True
        return Labels(due, stocked)

    @property
    def season_labels(self) -> Labels:
        """What is in season above what was."""
        in_season, past = np.zeros((2, CUSTOMERS, N_SOLD), dtype=bool)
        in_season[:, -2 * SEASONAL : -SEASONAL] = True
        past[:, -SEASONAL:] = True
        return Labels(in_season, past)

    @property
    def unsold_labels(self) -> Labels:
        """Products of the catalogue that nobody bought yet, of the own taste above those of others."""
        own = np.zeros((CUSTOMERS, len(self.records)), dtype=bool)
        for customer, taste in enumerate(self.taste):
            begin = N_SOLD + taste * UNSOLD_A_TASTE
            own[customer, begin : begin + UNSOLD_A_TASTE] = True
        return Labels(own, own.any(axis=0) & ~own)

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """The catalogue: what is sold as numbered, then for each taste what is not sold yet."""
        sold = [f"taste{product // A_TASTE} no{product}" for product in range(TASTES * A_TASTE)]
        seasonal = [f"season no{n}" for n in range(2 * SEASONAL)]
        unsold = [f"taste{taste} new{n}" for taste in range(TASTES) for n in range(UNSOLD_A_TASTE)]
        return [{"title": title} for title in (*sold, *seasonal, *unsold)]

    def _of_taste(self, kinds: range) -> np.ndarray:
        """(tastes, items) bool: the products of these numbers in each taste."""
        found = np.zeros((TASTES, N_SOLD), dtype=bool)
        for taste in range(TASTES):
            found[taste, [taste * A_TASTE + kind for kind in kinds]] = True
        return found


def _purchases(taste: int, variant: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """(day, product) of one customer."""
    first = taste * A_TASTE
    weekly = range(int(rng.integers(7)), DAYS, 7)
    due, stocked = range(DAYS - 55, -1, -56), range(DAYS - 1, -1, -56)
    tried = rng.choice(np.arange(4, A_TASTE), (A_TASTE - 4) // 2, replace=False)
    in_season, past = rng.choice(SEASONAL, (2, 5))
    return [
        *((day, first + variant) for day in weekly),
        *((day, first + 2 + variant) for day in due),
        *((day, first + 3 - variant) for day in stocked),
        *((int(rng.integers(DAYS)), first + int(kind)) for kind in tried),
        *((DAYS - 1 - int(rng.integers(SEASON_DAYS)), N_SOLD - 2 * SEASONAL + int(n)) for n in in_season),
        *((int(rng.integers(SEASON_DAYS)), N_SOLD - SEASONAL + int(n)) for n in past),
    ]
