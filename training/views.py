"""Which purchases a list is judged by, and the lists that one set of scores makes for each."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from scipy.sparse import csr_matrix

from models.base import top_k

View = Literal["all", "again", "new"]
"""All purchases, those of products that the customer bought before, those of products new to the customer."""

VIEWS: tuple[View, ...] = get_args(View)

VIEW_OF_LIST: dict[str, View] = {"for_you": "all", "discover": "new", "buy_it_again": "again"}
"""What each customer list holds of a customer's products: any, new ones, those bought before."""


def listed(scores: np.ndarray, view: View, k: int, bought: csr_matrix) -> np.ndarray:
    """The items of `best_listed`."""
    return best_listed(scores, view, k, bought)[0]


def best_listed(scores: np.ndarray, view: View, k: int, bought: csr_matrix) -> tuple[np.ndarray, np.ndarray]:
    """The best products by score that a view may list.

    Args:
        scores: (users, items) float32; items at 0 or below are never listed.
        view: `all` lists any product, `again` those that the customer bought before, `new` the others.
        k: items a user at most.
        bought: users × items CSR, what each customer bought before.

    Returns:
        items: (users, k) int32, best first, padded with -1.
        scores: (users, k) float32, padded with 0.
    """
    if view == "again":
        scores = np.where(bought.toarray() > 0, scores, 0)
    return top_k(scores, k, exclude=bought if view == "new" else None)
