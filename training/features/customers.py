"""What is known of each customer, whatever the product."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from training.features.spans import first_and_last
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
    first, last = first_and_last(known.customer, known.age_days, n)
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


def _mean_log_price(known: Interactions, lines: np.ndarray) -> np.ndarray:
    price = np.log1p(np.nan_to_num(known.unit_price))
    return (np.bincount(known.customer, price, minlength=len(lines)) / lines).astype(np.float32)
