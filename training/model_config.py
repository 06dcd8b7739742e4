"""`[models]`: all parameters of all models that a run publishes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from training.options import option


@dataclass(frozen=True)
class ModelConfig:
    """All parameters of all models. The defaults are the same for a grocer and for a gift shop."""

    profile: Literal["quick", "standard"] = option(
        "standard",
        "quick publishes the fixed blend, learns nothing from the past, and measures what the gate asks for.",
    )
    personal_half_life_days: float = option(
        120.0, "Age at which an order counts half in a customer's habits.", low=0.1
    )
    repeat_exponent: float = option(
        0.3, "How far a product's own rate of re-purchase strengthens habits: 0 not at all.", low=0, high=2
    )
    popularity_half_life_days: float = option(
        14.0, "Age at which an order counts half in what everybody buys.", low=0.1
    )
    related_half_life_days: float = option(
        120.0, "Age at which an order counts half in which products go with a customer's.", low=0.1
    )
    trend_recent_days: float = option(7.0, "Half-life of the recent sales in a product's trend.", low=0.1)
    trend_usual_days: float = option(60.0, "Half-life of the usual sales in a product's trend.", low=0.1)
    neighbours: int = option(100, "Neighbours kept for each product.", low=1, high=1000)
    damping: float = option(30.0, "Customers that hold rare pairs back in similar_items.", low=0)
    als_factors: int = option(64, "Length of the vectors of ALS.", low=1, high=1024)
    als_regularization: float = option(0.05, "Regularisation of ALS.", low=0)
    als_iterations: int = option(15, "Rounds of ALS.", low=1, high=200)
    ease_regularization: float = option(30.0, "Regularisation of EASE, in orders.", low=0.001)
    weight_popular: float = option(0.3, "Of popularity in for_you; personal habits weigh 1.", low=0)
    weight_als: float = option(0.2, "Of ALS in for_you.", low=0)
    weight_related: float = option(0.1, "Of related products in for_you.", low=0)
    trend_exponent: float = option(0.25, "How far a product's trend bends for_you.", low=0, high=2)
    discover_popular: float = option(0.1, "Weight of popularity in discover.", low=0)
    discover_als: float = option(0.3, "Weight of ALS in discover.", low=0)
    discover_related: float = option(0.3, "Weight of related products in discover.", low=0)
    discover_trend_exponent: float = option(0.5, "How far a product's trend bends discover.", low=0, high=2)
    rerank_window_days: float = option(
        31.0, "Days after a moment of the past whose purchases the re-ranker learns to foresee.", low=1
    )
    rerank_steps: int = option(
        7, "Moments of the past to learn from at most; 0: the fixed blend is published.", low=0, high=52
    )
    rerank_min_customers: int = option(
        200, "With fewer customers to learn from, the fixed blend is published.", low=1
    )
    rerank_rounds: int = option(200, "Trees of each re-ranker.", low=1, high=5000)
    rerank_learning_rate: float = option(0.04, "What each tree adds.", low=0.001, high=1)
    rerank_leaves: int = option(15, "Leaves of a tree at most.", low=2, high=1024)
    rerank_min_in_leaf: int = option(200, "Pairs of customer and product in a leaf at least.", low=1)
    rerank_l2: float = option(20.0, "Regularisation of the leaves' values.", low=0)
    seed: int = option(0, "Of the starting vectors of ALS, and of the trees.", low=0)

    @property
    def learns(self) -> bool:
        """Whether candidates are put in order by trees, where there is enough to learn from."""
        return self.profile == "standard" and self.rerank_steps > 0
