"""The options of `[events]`: what visitors did, in orders' worth."""

from __future__ import annotations

from dataclasses import dataclass

from training.options import option


@dataclass(frozen=True)
class EventsConfig:
    """`[events]`"""

    view: float = option(
        0.1, "What a product viewed on a day is worth in als, ease and related, in orders.", low=0, high=1
    )
    cart: float = option(0.3, "What a product put in the cart on a day is worth there.", low=0, high=1)
    purchase: float = option(
        1.0,
        "What a purchase is worth there that names no order; one that does is an order line.",
        low=0,
        high=1,
    )
