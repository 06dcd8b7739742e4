"""What is known of each customer, whatever the product."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from training.interactions import Interactions


def customer_facts(known: Interactions, counts: csr_matrix) -> dict[str, np.ndarray]:
    """Feature → (customers,) float32; NaN for customers without an order.

    Args:
        known: rows that have a customer.
        counts: their `order_counts`, users × items CSR.
    """
    n = len(known.customers)
    lines = np.bincount(known.customer, minlength=n).astype(np.float32)
    _, first_rows = np.unique(known.order, return_index=True)
    orders = np.bincount(known.customer[first_rows], minlength=n).astype(np.float32)
    products = np.diff(counts.indptr).astype(np.float32)
    first, last = _span(known)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "customer_orders": orders,
            "customer_products": products,
            "customer_days_since_first_order": first,
            "customer_days_since_last_order": last,
            "customer_days_between_orders": (first - last) / np.maximum(orders - 1, 1),
            "customer_basket_size": lines / orders,
            "customer_repeat_share": 1 - products / lines,
            "customer_price": _mean_log_price(known, lines),
        }


def _span(known: Interactions) -> tuple[np.ndarray, np.ndarray]:
    """Days since each customer's first and last order: (customers,) float32 each."""
    first = np.full(len(known.customers), np.nan, dtype=np.float32)
    last = first.copy()
    age = known.age_days
    # Rows run from oldest to newest, and of several values for one place the last assigned stays.
    last[known.customer] = age
    first[known.customer[::-1]] = age[::-1]
    return first, last


def _mean_log_price(known: Interactions, lines: np.ndarray) -> np.ndarray:
    price = np.log1p(np.nan_to_num(known.unit_price))
    return (np.bincount(known.customer, price, minlength=len(lines)) / lines).astype(np.float32)
