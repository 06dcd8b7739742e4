"""Order lines of customers whose data were erased: those up to then count no more."""

from __future__ import annotations

import polars as pl

from service.store.tombstones import Tombstones, erased_among
from training import columns as c


def of_erased_customers(customers: pl.Series, tombstones: Tombstones) -> pl.Expr | None:
    """Which order lines are of a customer who was erased after them; None where there is no such customer.

    Args:
        customers: the distinct ids among the lines.
        tombstones: of all who were erased.
    """
    erased = erased_among(customers.to_list(), tombstones)
    if not erased:
        return None
    erased_at = pl.col(c.CUSTOMER_ID).replace_strict(
        list(erased), list(erased.values()), default=None, return_dtype=pl.Int64
    )
    return (pl.col(c.ORDERED_AT).dt.epoch("ms") <= erased_at).fill_null(False)
