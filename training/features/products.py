"""What is known of each product, whoever the customer."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.sparse import csr_matrix

from training.features.purchase_rates import recent_purchase_rates
from training.features.spans import first_and_last
from training.interactions import Interactions
from training.matrix import demand_trend, repeat_rate

SPANS_DAYS = (7, 14, 31, 91, 366)
"""Sales are counted over the last so many days."""

RATE_DAYS = (31, 91)
"""Shares of customers are taken over the last so many days."""


def product_facts(interactions: Interactions, counts: csr_matrix) -> dict[str, np.ndarray]:
    """Feature → (products,) float32. Guests' orders count.

    Args:
        interactions: all rows; ages count back from its `now`.
        counts: `order_counts`, users × items CSR.
    """
    n, age = len(interactions.products), interactions.age_days
    sales = {span: _count(interactions.product[age <= span], n) for span in SPANS_DAYS}
    total = _count(interactions.product, n)
    quantity = np.bincount(interactions.product, interactions.quantity, minlength=n)
    first, last = first_and_last(interactions.product, age, n)
    facts = {f"product_sales_{span}_days": sold for span, sold in sales.items()}
    for span, longer in itertools.pairwise(SPANS_DAYS):
        # One sale on both sides, so that few sales make no trend.
        facts[f"product_rise_{span}_days"] = (sales[span] + 1) / (sales[longer] * (span / longer) + 1)
    for days in RATE_DAYS:
        again, first_time = recent_purchase_rates(interactions, days)
        facts |= {f"product_again_{days}_days": again, f"product_first_{days}_days": first_time}
    facts |= {
        "product_trend": demand_trend(interactions, 7, 60),
        "product_buyers": np.bincount(counts.indices, minlength=n),
        "product_repeat_rate": repeat_rate(counts),
        "product_quantity": quantity / np.maximum(total, 1),
        "product_days_since_first_sale": first,
        "product_days_since_last_sale": last,
        "product_price": _latest_log_price(interactions),
    }
    return {name: values.astype(np.float32) for name, values in facts.items()}


def _count(products: np.ndarray, n: int) -> np.ndarray:
    return np.bincount(products, minlength=n).astype(np.float32)


def _latest_log_price(interactions: Interactions) -> np.ndarray:
    price = np.full(len(interactions.products), np.nan, dtype=np.float32)
    told = interactions.unit_price > 0
    price[interactions.product[told]] = np.log1p(interactions.unit_price[told])
    return price
