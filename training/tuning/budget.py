"""How long a search goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """When to stop.

    Attributes:
        trials: to begin at most.
        seconds: after which no further trial begins; None: no limit.
        seed: of the sampler.
        clock: seconds that only rise.
    """

    trials: int
    seconds: float | None = None
    seed: int = 0
    clock: Callable[[], float] = time.monotonic
