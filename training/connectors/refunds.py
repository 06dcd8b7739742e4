"""What was given back of an order's lines, as rows of their own: so that any day in the past stays true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from training import columns as c
from training.connectors.document_layout import Line
from training.connectors.json_values import latest, number_of, number_text


class Refund(NamedTuple):
    """Units of one line, given back at one time.

    Attributes:
        line: the key of the line that they belong to.
        units: how many, above 0.
        at: when, as the platform writes it; None: unknown.
    """

    line: str
    units: float
    at: str | None


def refund_rows(sold: Mapping[str, Line], refunds: Sequence[Refund]) -> list[Line]:
    """A row with a negative quantity for each refund, never before its order."""
    rows = []
    for refund in refunds:
        line = sold[refund.line]
        at = latest(line[c.ORDERED_AT], refund.at)
        rows.append(line | {c.QUANTITY: number_text(-refund.units), c.ORDERED_AT: at})
    return rows


def rest(sold: Mapping[str, Line], refunds: Sequence[Refund], at: str | None) -> list[Refund]:
    """All that the refunds leave of the lines, given back at the time `at`."""
    left = {key: number_of(line[c.QUANTITY]) or 0 for key, line in sold.items()}
    for refund in refunds:
        left[refund.line] -= refund.units
    return [Refund(key, units, at) for key, units in left.items() if units > 0]
