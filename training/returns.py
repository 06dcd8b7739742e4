"""Returns: negative quantities take back the latest purchases before them, like plates from a stack."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from training import columns as c

NOTHING_LEFT = 1e-9
"""Quantities may be weights: what floating-point subtraction leaves over is no purchase."""

BUYER = [c.CUSTOMER_ID, "guest_order", c.PRODUCT_ID]
"""Whose purchases of what: a guest is known within one order only."""


def take_back(lines: pl.DataFrame) -> tuple[pl.DataFrame, int, int]:
    """Let every return (quantity below 0) use up the customer's latest lines of that product not after it.

    A line partly taken back keeps the rest; a return larger than what is there takes all there is. A return
    that bears the id of the order, as platforms write refunds, takes from that order first.

    Args:
        lines: the canonical order columns; quantities not 0.

    Returns:
        lines: those left, with what is left of their quantity, above 0.
        merged: lines used up, and returns that took something back.
        unmatched: returns that found nothing to take back.
    """
    guest = pl.when(pl.col(c.CUSTOMER_ID).is_null()).then(c.ORDER_ID)
    lines = lines.with_columns(guest.alias("guest_order"))
    is_return = pl.col(c.QUANTITY) < 0
    returned = lines.filter(is_return).select(BUYER).unique()
    if not returned.height:
        return lines.drop("guest_order"), 0, 0
    untouched = lines.join(returned, on=BUYER, how="anti", nulls_equal=True)
    affected = lines.join(returned, on=BUYER, how="semi", nulls_equal=True).sort(
        *BUYER, c.ORDERED_AT, is_return, c.ORDER_ID, c.QUANTITY, c.UNIT_PRICE
    )
    group = affected.select(pl.struct(BUYER).rle_id()).to_series()
    left, matched = _unwind(zip(group, affected[c.ORDER_ID], affected[c.QUANTITY], strict=True))
    affected = affected.with_columns(
        pl.Series("left", left, dtype=pl.Float64), pl.Series("matched", matched, dtype=pl.Boolean)
    )
    kept = affected.filter(pl.col("left") > NOTHING_LEFT).with_columns(pl.col("left").alias(c.QUANTITY))
    unmatched = affected.filter(is_return & ~pl.col("matched")).height
    merged = affected.height - kept.height - unmatched
    return pl.concat([untouched, kept.select(untouched.columns)]).drop("guest_order"), merged, unmatched


def _unwind(rows: Iterable[tuple[int, str, float]]) -> tuple[list[float], list[bool]]:
    """What is left of each (group, order, quantity), oldest first, and whether it met its counterpart."""
    left: list[float] = []
    matched: list[bool] = []
    stack: list[int] = []
    of_order: dict[str, list[int]] = {}
    current = -1
    for row, (group, order, quantity) in enumerate(rows):
        if group != current:
            current, stack, of_order = group, [], {}
        left.append(max(quantity, 0.0))
        matched.append(False)
        if quantity > 0:
            stack.append(row)
            of_order.setdefault(order, []).append(row)
            continue
        to_take = -quantity
        for lines in (of_order.get(order, []), stack):
            while lines and to_take > NOTHING_LEFT:
                latest = lines[-1]
                taken = min(left[latest], to_take)
                left[latest] -= taken
                to_take -= taken
                matched[row] |= taken > NOTHING_LEFT
                if left[latest] <= NOTHING_LEFT:
                    lines.pop()
    return left, matched
