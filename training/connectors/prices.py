"""Prices as catalogues write them: `12.99`, `12,99 EUR`, `1.299,00 €`, `USD 1,299.00`."""

from __future__ import annotations

import polars as pl

from training.connectors.fields import as_number

PRICE = r"^(?:(?<before>[A-Za-z]{3}|[€£$]) ?)?(?<amount>[0-9][0-9.,]*)(?: ?(?<after>[A-Za-z]{3}|[€£$]))?$"

SIGNS = {"€": "EUR", "£": "GBP", "$": None}
"""Many countries call their money dollar."""


def amount_and_currency(prices: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Float64 amounts, null where a text is no price, and currencies, null where it names none."""
    parts = prices.str.extract_groups(PRICE).struct.unnest()
    named = parts.select(pl.coalesce("after", "before").replace(SIGNS)).to_series()
    return as_number(parts["amount"]), named
