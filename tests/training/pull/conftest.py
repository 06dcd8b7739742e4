"""Shops to pull from, and the pauses that a pull makes, noted and not slept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.training.pull import shop_servers as servers
from tests.training.pull.shop_servers import ShopServer


class Pauses(list[float]):
    """Stands in for the wait: notes the seconds; `reasons` are what the user was told."""

    def __init__(self) -> None:
        super().__init__()
        self.reasons: list[str] = []

    def __call__(self, seconds: float, why: str | None) -> None:
        self.append(seconds)
        if why is not None:
            self.reasons.append(why)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def shopify() -> Iterator[ShopServer]:
    """Five orders, two a page; the third last changed when the second did."""
    days = ("03", "01", "02", "02", "05")
    orders = (servers.shopify_order(n, f"2026-02-{day}T08:00:00") for n, day in enumerate(days, 1))
    with servers.running(servers.shopify, *orders) as shop:
        yield shop


@pytest.fixture
def woocommerce() -> Iterator[ShopServer]:
    """Five orders, two a page; three of them changed in the same second."""
    days = ("03", "02", "02", "02", "05")
    orders = (servers.woocommerce_order(n, f"2026-02-{day}T08:00:00") for n, day in enumerate(days, 1))
    with servers.running(servers.woocommerce, *orders) as shop:
        yield shop


@pytest.fixture
def magento() -> Iterator[ShopServer]:
    """Five orders, two a page; three of them changed in the same second."""
    days = ("03", "02", "02", "02", "05")
    orders = (servers.magento_order(n, f"2026-02-{day}T08:00:00") for n, day in enumerate(days, 1))
    with servers.running(servers.magento, *orders) as shop:
        yield shop
