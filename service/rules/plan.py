"""What the rules in force come to, for one kind of query and until one moment: ready for the serving path."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np


class Cap(NamedTuple):
    """At most so many items of one group.

    Attributes:
        groups: (products,) code of each product's group; 0: it has none, and is never capped.
        most: items of one group at most, 1 or more.
    """

    groups: Sequence[int]
    most: int


def _no_effects(_: int) -> Sequence[Mapping[str, Any]]:
    return ()


class Plan(NamedTuple):
    """The effects of all rules that apply. Products are named by their index in the snapshot.

    Attributes:
        hidden: (products,) bytes, 1 where a rule says no; None: nothing is hidden.
        factors: (products,) float32, what scores are multiplied by, 1 where no rule does; None: none.
        pins: (slot from 1, product), one a slot, by slot.
        caps: all hold at once.
        price_floor: cheaper products than this, times the price of the first context product, are hidden;
            None: no floor.
        effects: the rules that touch a product, as `{"rule", "name", "effect"}`; for traces only.
        until: seconds since 1970; from then on another plan may hold.
    """

    hidden: bytes | bytearray | None = None
    factors: np.ndarray | None = None
    pins: tuple[tuple[int, int], ...] = ()
    caps: tuple[Cap, ...] = ()
    price_floor: float | None = None
    effects: Callable[[int], Sequence[Mapping[str, Any]]] = _no_effects
    until: float = math.inf


NO_RULES = Plan()
