"""Returns: negative quantities take back the latest purchases before them, like plates from a stack."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from training import columns as c
from training.numbering import NO_ID, are_among

NOTHING_LEFT = 1e-9
"""Quantities may be weights: what floating-point subtraction leaves over is no purchase."""

BUYER = "buyer"
"""Whose purchases of what, as one number: a guest is known within one order only."""


def take_back(lines: pl.DataFrame) -> tuple[pl.DataFrame, int, int]:
    """Let every return (quantity below 0) use up the customer's latest lines of that product not after it.

    A line partly taken back keeps the rest; a return larger than what is there takes all there is. A return
    that bears the id of the order, as platforms write refunds, takes from that order first.

    Args:
        lines: order, customer and product as numbers (`training.numbering`), quantity (not 0), price, time.

    Returns:
        lines: those left, in their order, with what is left of their quantity, above 0.
        merged: lines used up, and returns that took something back.
        unmatched: returns that found nothing to take back.
    """
    is_return = pl.col(c.QUANTITY) < 0
    returns = lines.filter(is_return)
    if returns.is_empty():
        return lines, 0, 0
    near = lines.with_row_index("place").filter(_is_near(lines, returns)).with_columns(_buyer())
    returned = near.filter(is_return)[BUYER].unique()
    affected = near.filter(pl.col(BUYER).is_in(returned.implode())).sort(
        BUYER, c.ORDERED_AT, is_return, c.ORDER_ID, c.QUANTITY, c.UNIT_PRICE
    )
    of_buyer = (affected[name].to_list() for name in (BUYER, c.ORDER_ID, c.QUANTITY))
    left, matched = _unwind(zip(*of_buyer, strict=True))
    affected = affected.with_columns(
        pl.Series("left", left, dtype=pl.Float64), pl.Series("matched", matched, dtype=pl.Boolean)
    )
    gone = affected.filter(pl.col("left") <= NOTHING_LEFT)
    unmatched = gone.filter(is_return & ~pl.col("matched")).height
    stays = pl.Series([True]).new_from_index(0, lines.height).scatter(gone["place"], False)
    quantity = lines[c.QUANTITY].scatter(affected["place"], affected["left"])
    return lines.with_columns(quantity).filter(stays), gone.height - unmatched, unmatched


def _is_near(lines: pl.DataFrame, returns: pl.DataFrame) -> pl.Series:
    """(rows,) bool: whether both customer and product had a return, though maybe not with each other."""
    customer, product = (
        are_among(lines[name].to_numpy(), returns[name].to_numpy()) for name in (c.CUSTOMER_ID, c.PRODUCT_ID)
    )
    return pl.Series(customer & product)


def _buyer() -> pl.Expr:
    customer, order, product = (
        pl.col(name).cast(pl.Int64) for name in (c.CUSTOMER_ID, c.ORDER_ID, c.PRODUCT_ID)
    )
    # Customers count up from 0, guests' orders down from -1.
    who = pl.when(customer == NO_ID).then(-1 - order).otherwise(customer)
    return (who * (product.max() + 1) + product).alias(BUYER)


def _unwind(rows: Iterable[tuple[int, int, float]]) -> tuple[list[float], list[bool]]:
    """What is left of each (group, order, quantity), oldest first, and whether it met its counterpart."""
    left: list[float] = []
    matched: list[bool] = []
    stack: list[int] = []
    of_order: dict[int, list[int]] = {}
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
