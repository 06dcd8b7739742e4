"""How long ago the first and the last purchase of each customer, or of each product, was."""

from __future__ import annotations

import numpy as np


def first_and_last(owner: np.ndarray, age_days: np.ndarray, owners: int) -> tuple[np.ndarray, np.ndarray]:
    """Days since the first and since the last row of each owner: (owners,) float32 each, NaN without a row.

    Args:
        owner: (rows,) number of the customer or product that each row is of.
        age_days: (rows,) falling: rows run from oldest to newest.
        owners: how many there are.
    """
    first = np.full(owners, np.nan, dtype=np.float32)
    last = first.copy()
    # Of several values for one place the last assigned stays.
    last[owner] = age_days
    first[owner[::-1]] = age_days[::-1]
    return first, last
