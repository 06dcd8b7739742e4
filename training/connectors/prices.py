"""Prices as catalogues write them: `12.99`, `12,99 EUR`, `1.299,00 €`, `USD 1,299.00`."""

from __future__ import annotations

import polars as pl

from training.connectors.fields import as_number

PRICE = r"^(?:(?<before>[A-Za-z]{3}|[€£$]) ?)?(?<amount>[0-9][0-9.,]*)(?: ?(?<after>[A-Za-z]{3}|[€£$]))?$"

POINT = r"^[0-9]+(\.[0-9]*)?$"
COMMA = r"^[0-9]+,([0-9]{1,2}|[0-9]{4,})$"
"""Not with three digits after it: `1,299` may be either."""
GROUPED_BY_COMMAS = r"^[0-9]{1,3}(,[0-9]{3})+\.[0-9]+$"
GROUPED_BY_POINTS = r"^[0-9]{1,3}(\.[0-9]{3})+,[0-9]+$"

SIGNS = {"€": "EUR", "£": "GBP", "$": None}
"""Many countries call their money dollar."""


def amount_and_currency(prices: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Float64 amounts, null where a text is no price, and currencies, null where it names none."""
    parts = prices.str.extract_groups(PRICE).struct.unnest()
    amount = pl.col("amount")
    plain = parts.select(
        pl.when(amount.str.contains(POINT))
        .then(amount)
        .when(amount.str.contains(COMMA))
        .then(amount.str.replace(",", ".", literal=True))
        .when(amount.str.contains(GROUPED_BY_COMMAS))
        .then(amount.str.replace_all(",", "", literal=True))
        .when(amount.str.contains(GROUPED_BY_POINTS))
        .then(amount.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True))
    ).to_series()
    named = parts.select(pl.coalesce("after", "before").replace(SIGNS)).to_series()
    return as_number(plain), named
