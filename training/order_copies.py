"""Copies of one order, as overlapping exports of a platform have them: one of them counts.

A platform tells a whole order at a time, so an order that came twice is settled as a whole: lines that
were taken out of it since, or refunds that came to it, then count as the latest copy has them.
"""

from __future__ import annotations

import polars as pl

from training import columns as c
from training.connectors.order_rows import CANCELLED, COMPLETED, PENDING, REFUNDED

LATER_STATES_FIRST = [REFUNDED, CANCELLED, COMPLETED, PENDING]
"""The order in which a sale goes through its states, backwards."""

COPY_OF_ORDER = [c.ORDER_ID, c.SOURCE, c.COPY]


def state_rank() -> pl.Expr:
    """0 for the state that an order reaches last, rising towards the first; unknown ones come after it."""
    ranks = range(len(LATER_STATES_FIRST))
    return pl.col(c.STATUS).replace_strict(LATER_STATES_FIRST, ranks, default=len(LATER_STATES_FIRST))


def latest_copies(lines: pl.DataFrame) -> pl.DataFrame:
    """The rows without those of outdated copies.

    Of several copies the latest revision holds; where no revision tells, the later state, then the last
    file by name and the last copy in it, as exports carry their date in the name and grow at the end.
    Rows of such an order that no platform wrote are one more copy of it for each source. Orders of which
    no row belongs to a copy stay as they are.

    Args:
        lines: `ORDER_SCHEMA`, with rows alike left in.
    """
    copied = lines.filter(pl.col(c.COPY).is_not_null()).select(c.ORDER_ID).unique()
    if not copied.height:
        return lines
    copies = (
        lines.join(copied, on=c.ORDER_ID, how="semi")
        .group_by(COPY_OF_ORDER)
        .agg(pl.col(c.REVISION).max(), state_rank().min().alias("state"))
        .filter(pl.col(c.ORDER_ID).is_duplicated())
        .sort(
            c.ORDER_ID, c.REVISION, "state", c.SOURCE, c.COPY,
            descending=[False, True, False, True, True], nulls_last=True,
        )
    )  # fmt: skip
    outdated = copies.filter(~pl.col(c.ORDER_ID).is_first_distinct()).select(COPY_OF_ORDER)
    return lines.join(outdated, on=COPY_OF_ORDER, how="anti", nulls_equal=True, maintain_order="left")
