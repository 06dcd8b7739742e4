"""Amounts and currencies in the texts that catalogues have for prices."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.connectors.prices import amount_and_currency


@pytest.mark.parametrize(
    "text, amount, currency",
    [
        ("12.99", 12.99, None),
        ("12", 12.0, None),
        ("12.", 12.0, None),
        ("12,99", 12.99, None),
        ("12,5", 12.5, None),
        ("0,12345", 0.12345, None),
        ("1,299.00", 1299.0, None),
        ("1.299,00", 1299.0, None),
        ("1,234,567.8", 1234567.8, None),
        ("12.99 USD", 12.99, "USD"),
        ("12,99 EUR", 12.99, "EUR"),
        ("USD 12.99", 12.99, "USD"),
        ("usd12.99", 12.99, "usd"),
        ("12,99 €", 12.99, "EUR"),
        ("£12.99", 12.99, "GBP"),
        ("$12.99", 12.99, None),
    ],
)
def test_prices(text: str, amount: float, currency: str | None) -> None:
    amounts, currencies = amount_and_currency(pl.Series([text]))
    assert (amounts.to_list(), currencies.to_list()) == ([amount], [currency])


@pytest.mark.parametrize(
    "text", ["1,299", "12.99.1", "1.29,9,9", "12,34,567.00", "-1", "free", "12 to 15", "1e3", "NaN", ",5", ""]
)
def test_what_may_mean_two_things_or_nothing_is_no_price(text: str) -> None:
    amounts, _ = amount_and_currency(pl.Series([text]))
    assert amounts.to_list() == [None]


@given(st.integers(0, 10**12))
def test_both_ways_of_writing_a_price_mean_the_same(cents: int) -> None:
    english = f"{cents // 100:,}.{cents % 100:02}"
    german = english.translate(str.maketrans(",.", ".,"))
    amounts, _ = amount_and_currency(pl.Series([english, german]))
    assert amounts.to_list() == [cents / 100] * 2
