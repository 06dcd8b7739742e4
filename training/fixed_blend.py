"""The blend of fixed weights: what is published where there is too little history to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.blend import Ranking, rank_parts
from training.first_stage import NOTHING, FirstStage
from training.views import View

FIXED_BLEND = "fixed_blend"


@dataclass(frozen=True, eq=False)
class FixedBlend:
    """The weighted sums of a first stage, ranking as `TwoStageBlend` does."""

    stage: FirstStage

    name = FIXED_BLEND

    @property
    def causes(self) -> tuple[str, ...]:
        """The components whose part in each score `rank` tells."""
        return tuple(self.stage.blend.components)

    def rank(
        self, users: np.ndarray, k: int, unavailable: np.ndarray = NOTHING, *, explain: bool = False
    ) -> dict[View, Ranking]:
        """The k best products of each customer in each view, and what each component added to their scores.

        Args:
            users: row numbers of the fitted matrix; a batch, scores are dense.
            k: products a customer at most.
            unavailable: item numbers that are on no list.
            explain: contributions are told in any case, they are there already.
        """
        stage = self.stage
        scores = {name: model.score(users) for name, model in stage.blend.components.items()}
        parts, parts_new = stage.blend.parts(scores), stage.discover.parts(scores)
        bought = stage.user_items[users].toarray() > 0
        available = np.ones(bought.shape[1], dtype=bool)
        available[unavailable] = False
        return {
            "all": rank_parts(parts, k, np.broadcast_to(available, bought.shape)),
            "again": rank_parts(parts, k, available & bought),
            "new": rank_parts(parts_new, k, available & ~bought),
        }

    def save(self, folder: Path) -> None:
        """Write the blend and its components."""
        self.stage.blend.save(folder)
