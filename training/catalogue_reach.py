"""How much of what a shop sells do its customers get to see?"""

from __future__ import annotations

import numpy as np

from training.interactions import SECONDS_PER_DAY, Interactions

RECENT_DAYS = 90
"""What sold since is what lists should hold; what nobody has bought for longer need not be shown."""

PLACES = 10
"""Of each customer's list."""


def recently_sold(interactions: Interactions) -> np.ndarray:
    """(products,) bool: sold in the last `RECENT_DAYS`, to guests too."""
    recent = interactions.ordered_at > interactions.now - RECENT_DAYS * SECONDS_PER_DAY
    sold = np.zeros(len(interactions.products), dtype=bool)
    sold[interactions.product[recent]] = True
    return sold


def reach(is_shown: np.ndarray, is_offered: np.ndarray, customers: int) -> float | None:
    """Share of the products offered that are shown, of what so many lists could show at most.

    Two thousand lists of ten have no room for all of 68,000 products; that is not to their discredit.

    Args:
        is_shown: (products,) bool: in the first `PLACES` of any customer's list.
        is_offered: (products,) bool: can be ordered, and sold recently.
        customers: who have a list.

    Returns:
        0 to 1; None where nothing could be shown.
    """
    possible = min(int(is_offered.sum()), customers * PLACES)
    return float((is_shown & is_offered).sum() / possible) if possible else None
