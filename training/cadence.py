"""How soon customers come back to a product, and who is due to buy which again.

A hazard is the rate, in purchases a day, at which somebody who last bought a product t days ago buys it
again. It is learnt as a life table (piecewise-constant hazard, Holford 1976): re-purchases at each age over
the days that customers spent at that age, the time since their last purchase included, in which nothing
happened yet. So what nobody comes back for is due for nobody. Customers differ by a gamma-distributed factor
on the hazard (frailty, Vaupel et al. 1979). With a hazard that is the same at all ages this is the
Poisson-Gamma model of Bhagat et al., "Buy It Again: Modeling Repeat Purchase Recommendations" (2018); as
there, a product that was bought yesterday is less due than one whose usual time has come.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from training.interactions import SECONDS_PER_DAY, Interactions

_AGES = np.concatenate([np.arange(8), np.round(8 * 1.18 ** np.arange(25))])
"""Days since the last purchase at which another step of the hazard begins; the last one has no end."""

_PRIOR_PURCHASES = 10
"""Re-purchases as everybody's that are added to a product's own, and to those at one age of it."""

_LEAST_PURCHASES = 1e-6
"""Added where nobody ever came back: the chance is next to nothing, and never 0."""

_LEAST_VARIANCE = 0.01
_MOST_VARIANCE = 10.0
"""Bounds of the variance between customers: a handful of orders can suggest any."""


@dataclass(frozen=True, eq=False)
class _Gaps:
    """Times between a customer's purchases of a product; the last, up to now, is still open.

    Attributes:
        pair: (gaps,) which customer and product, rising; `customer` and `item` are theirs.
        days: (gaps,) float64.
        closed: (gaps,) bool: ended by a purchase.
    """

    customer: np.ndarray
    item: np.ndarray
    pair: np.ndarray
    days: np.ndarray
    closed: np.ndarray


def due_again(interactions: Interactions, horizon_days: float) -> csr_matrix:
    """The chance that a customer buys a product again within the next days.

    Args:
        interactions: guests' rows are left out; "the next days" begin at `interactions.now`.
        horizon_days: how many, above 0.

    Returns:
        Users × items CSR, float32, above 0 and at most 1, with an entry for each product that the customer
        bought.
    """
    gaps = _gaps(interactions)
    shape = (len(interactions.customers), len(interactions.products))
    if not len(gaps.days):
        return csr_matrix(([], ([], [])), shape=shape, dtype=np.float32)
    hazard = _Hazard.learnt(gaps, shape[1])
    expected = np.bincount(gaps.pair, hazard.until(gaps.item, gaps.days))
    purchases = np.bincount(gaps.pair, gaps.closed)
    precision = 1 / _variance_between_customers(purchases, expected)
    is_open = ~gaps.closed
    item, since = gaps.item[is_open], gaps.days[is_open]
    ahead = hazard.until(item, since + horizon_days) - hazard.until(item, since)
    # The posterior of a gamma factor on the hazard is a gamma; the chance of no purchase is its Laplace
    # transform.
    held_off = precision + expected
    chance = -np.expm1((precision + purchases) * (np.log(held_off) - np.log(held_off + ahead)))
    chance = np.maximum(chance, np.finfo(np.float32).tiny).astype(np.float32)
    return csr_matrix((chance, (gaps.customer[is_open], item)), shape=shape, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class _Hazard:
    """Re-purchases a day, by product and time since the last purchase.

    Attributes:
        rate: (items, ages) at and after each of `_AGES`.
        before: (items, ages) the same, added up over all days before that age.
    """

    rate: np.ndarray
    before: np.ndarray

    @classmethod
    def learnt(cls, gaps: _Gaps, n_items: int) -> _Hazard:
        """The life table of each product, drawn towards everybody's where it was seldom re-bought."""
        n_ages = len(_AGES)
        step = _step(gaps.days)
        cell = gaps.item.astype(np.int64) * n_ages + step
        shape = (n_items, n_ages)
        purchases = np.bincount(cell[gaps.closed], minlength=n_items * n_ages).reshape(shape)
        ended = np.bincount(cell, minlength=n_items * n_ages).reshape(shape)
        within = np.bincount(cell, gaps.days - _AGES[step], minlength=n_items * n_ages).reshape(shape)
        outlasted = ended[:, ::-1].cumsum(axis=1)[:, ::-1] - ended
        days = within + outlasted * np.diff(_AGES, append=_AGES[-1])
        everybody = (purchases.sum(axis=0) + _LEAST_PURCHASES) / (days.sum(axis=0) + 1)
        of_product = days @ everybody
        rate = everybody * _ratio(purchases.sum(axis=1), of_product)[:, None]
        rate *= _ratio(purchases, days * rate)
        added = np.cumsum(rate[:, :-1] * np.diff(_AGES), axis=1)
        return cls(rate, np.hstack([np.zeros((n_items, 1)), added]))

    def until(self, item: np.ndarray, days: np.ndarray) -> np.ndarray:
        """The hazard of each item added up over so many days after a purchase: re-purchases to expect."""
        step = _step(days)
        return self.before[item, step] + self.rate[item, step] * (days - _AGES[step])


def _gaps(interactions: Interactions) -> _Gaps:
    known = interactions.known()
    cells = known.customer * np.int64(max(len(known.products), 1)) + known.product
    oldest_first = np.argsort(cells, kind="stable")  # rows rise with time already
    cells = cells[oldest_first]
    is_last = np.diff(cells, append=-1) != 0
    at = known.ordered_at[oldest_first]
    until = np.where(is_last, known.now, np.roll(at, -1))
    return _Gaps(
        customer=known.customer[oldest_first],
        item=known.product[oldest_first],
        pair=np.cumsum(is_last) - is_last,
        days=np.maximum(until - at, 0) / SECONDS_PER_DAY,
        closed=~is_last,
    )


def _step(days: np.ndarray) -> np.ndarray:
    return np.searchsorted(_AGES, days, side="right") - 1


def _ratio(purchases: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Purchases over those expected, drawn towards 1: the mean of the gamma posterior."""
    return (purchases + _PRIOR_PURCHASES) / (expected + _PRIOR_PURCHASES)


def _variance_between_customers(purchases: np.ndarray, expected: np.ndarray) -> float:
    """Of the factor on the hazard, whose mean is 1: what scatters beyond Poisson counts (moments)."""
    beyond = ((purchases - expected) ** 2 - expected).sum()
    return float(np.clip(beyond / max((expected**2).sum(), 1e-12), _LEAST_VARIANCE, _MOST_VARIANCE))
