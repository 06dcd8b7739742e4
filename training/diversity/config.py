"""The options of `[diversity]`; without any of them set, lists stay as the models rank them."""

from __future__ import annotations

from dataclasses import dataclass

from training.options import option


@dataclass(frozen=True)
class DiversityConfig:
    """`[diversity]`"""

    max_per_category: int = option(
        0,
        "Products of one top-level category on a page of for_you and discover at most; 0: any number.",
        low=0,
    )
    page_length: int = option(
        12, "Positions a page: what max_per_category and tail_exposure count on.", low=1, high=1000
    )
    mmr: float = option(
        1.0, "Weight of relevance against likeness to what stands before: 1 relevance alone.", low=0, high=1
    )
    calibration: float = option(
        0.0,
        "How far a list's categories follow the customer's own mix of them: 0 not at all.",
        low=0,
        high=1,
    )
    tail_exposure: float = option(
        0.0, "Share of the positions of each page that products of the long tail get at least.", low=0, high=1
    )

    @property
    def changes_lists(self) -> bool:
        """Whether any control is on."""
        return self.max_per_category > 0 or self.mmr < 1 or self.calibration > 0 or self.tail_exposure > 0
