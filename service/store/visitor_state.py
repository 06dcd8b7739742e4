"""What a visitor did lately, as the events' script keeps it: one JSON string a person, read in one go.

Two kinds of key hold it. `Keys.visitor` is what any key of the shop, a browser's too, may see and change.
`Keys.customer` is a customer's own; it is reached through a visitor whom `identify` pointed to the customer,
or by a key that may read customers. A visitor who was identified has the pointer and nothing else.

    {"u": customer_id, "views": [[product_id, ms], …], "cart": {product_id: [quantity, ms], …},
     "bought": [[product_id, ms], …], "shown": {product_id: impressions, …},
     "rate": [hour, events], "day": [day, {product_id: views}]}

Members that are empty are left out. `service/store/visitor_state.lua` writes it, nobody else.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson


class VisitorState(NamedTuple):
    """What one person did, as a list of recommendations needs it.

    Attributes:
        customer: for a visitor who was identified, whose state to read instead; all else is empty then.
        views: (product id, when in ms since 1970) of viewed or clicked products, newest first, each once.
        cart: ids of the products in the cart, the latest first.
        bought: (product id, when in ms since 1970) of what events said was bought, newest first, each once.
        shown: product id → how often it was shown since it was last clicked, put in the cart or bought.
    """

    customer: str | None
    views: list[tuple[str, int]]
    cart: list[str]
    bought: list[tuple[str, int]]
    shown: dict[str, int]

    @classmethod
    def parse(cls, stored: bytes | None) -> VisitorState:
        """From the stored string; None, for somebody of whom nothing is known, is an empty state."""
        if stored is None:
            return NOTHING
        state = orjson.loads(stored)
        return cls(
            customer=state.get("u"),
            views=_timed(state, "views"),
            cart=_in_cart(state.get("cart") or {}),
            bought=_timed(state, "bought"),
            shown=state.get("shown") or {},
        )


NOTHING = VisitorState(None, [], [], [], {})
"""The state of somebody of whom nothing is known; shared, so never changed."""


def _timed(state: dict[str, Any], member: str) -> list[tuple[str, int]]:
    return [(product_id, at) for product_id, at in state.get(member) or ()]


def _in_cart(lines: dict[str, list[int]]) -> list[str]:
    present = [(at, product_id) for product_id, (quantity, at) in lines.items() if quantity > 0]
    return [product_id for _, product_id in sorted(present, reverse=True)]
