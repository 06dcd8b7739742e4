"""What can be tuned: options of `[models]`, the ranges searched, and the model that judges them.

A new option is one line of a table below; a new search is one line of `SEARCHES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_type_hints

from training.model_config import ModelConfig

if TYPE_CHECKING:
    from optuna import Trial

SIGNIFICANT_DIGITS = 3
"""Of a tuned value: orders cannot tell finer ones apart, and a person reads the file."""

_TYPES = get_type_hints(ModelConfig)


@dataclass(frozen=True)
class Searched:
    """One option of `ModelConfig` and the closed range that is searched for it.

    Attributes:
        option: the field's name.
        low, high: of the range; within the option's own bounds.
        log: search the orders of magnitude evenly, as suits half-lives and sizes.
    """

    option: str
    low: float
    high: float
    log: bool = False


@dataclass(frozen=True)
class Search:
    """What one search varies.

    Attributes:
        model: whose lists trials are judged by: `fixed_blend`, which is quick to fit, or `blend`, what a
            run publishes.
        options: what is varied.
    """

    model: Literal["fixed_blend", "blend"]
    options: tuple[Searched, ...]


WEIGHTS = (
    Searched("weight_popular", 0, 1.5),
    Searched("weight_als", 0, 1.5),
    Searched("weight_related", 0, 1.5),
    Searched("trend_exponent", 0, 1),
    Searched("discover_popular", 0, 1),
    Searched("discover_als", 0, 1),
    Searched("discover_related", 0, 1),
    Searched("discover_trend_exponent", 0, 1),
)
"""How the components are put together: nothing has to be fitted again for these."""

COMPONENTS = (
    Searched("personal_half_life_days", 14, 730, log=True),
    Searched("repeat_exponent", 0, 1),
    Searched("popularity_half_life_days", 2, 120, log=True),
    Searched("related_half_life_days", 14, 730, log=True),
    Searched("neighbours", 20, 400, log=True),
    Searched("als_factors", 16, 192, log=True),
    Searched("als_regularization", 0.005, 5, log=True),
)
"""What each component learns, and how."""

TREES = (
    Searched("rerank_rounds", 100, 800, log=True),
    Searched("rerank_learning_rate", 0.01, 0.1, log=True),
    Searched("rerank_leaves", 7, 63, log=True),
    Searched("rerank_min_in_leaf", 20, 1000, log=True),
    Searched("rerank_l2", 0.1, 100, log=True),
)
"""How the re-ranker's trees grow. No option of what they learn from: that is made once for all trials."""

SEARCHES: dict[str, Search] = {
    "weights": Search("fixed_blend", WEIGHTS),
    "components": Search("fixed_blend", (*COMPONENTS, *WEIGHTS)),
    "reranker": Search("blend", TREES),
}
"""By the name that `--search` takes."""


def suggested(trial: Trial, search: Search, base: ModelConfig) -> ModelConfig:
    """`base` with the values that the sampler proposes for the options of the search."""
    for one in search.options:
        if _TYPES[one.option] is int:
            trial.suggest_int(one.option, int(one.low), int(one.high), log=one.log)
        else:
            trial.suggest_float(one.option, one.low, one.high, log=one.log)
    return settings(trial.params, base)


def settings(params: Mapping[str, Any], base: ModelConfig) -> ModelConfig:
    """`base` with a trial's parameters, rounded to `SIGNIFICANT_DIGITS`."""
    values: dict[str, Any] = {name: _rounded(value) for name, value in params.items()}
    return replace(base, **values)


def current(search: Search, base: ModelConfig) -> dict[str, Any]:
    """The values of `base` that lie in the ranges searched."""
    values = {one.option: getattr(base, one.option) for one in search.options}
    return {
        one.option: values[one.option] for one in search.options if one.low <= values[one.option] <= one.high
    }


def _rounded(value: float) -> float:
    return value if isinstance(value, int) else float(f"{value:.{SIGNIFICANT_DIGITS}g}")
