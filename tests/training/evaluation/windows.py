"""Evaluations made of figures instead of orders, for what reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from training.evaluation import Evaluation
from training.evaluation.beyond_accuracy import NAMES
from training.evaluation.judging import HEADLINES, TAIL_RECALL
from training.metrics import CUTOFFS
from training.views import VIEWS

DAY = 86_400


def window(
    ndcg: Mapping[str, Sequence[float]],
    customers: Sequence[int] | None = None,
    segment: Sequence[int] | None = None,
    cut: int = 0,
) -> Evaluation:
    """A window in which every figure of a customer is his NDCG@10, in all views alike.

    Args:
        ndcg: model → (customers,).
        customers: their indices; default 0, 1, …
        segment: of each; default: heavy. Only heavy customers have a goal in the tail.
    """
    values = {model: np.array(of, dtype=np.float64) for model, of in ndcg.items()}
    n = len(next(iter(values.values())))
    who = np.arange(n) if customers is None else np.array(customers)
    kind = np.full(n, 2, dtype=np.int8) if segment is None else np.array(segment, dtype=np.int8)
    names = [f"{metric}@{k}" for metric in ("ndcg", "recall", "hit_rate", "map", "mrr") for k in CUTOFFS]
    return Evaluation(
        metrics={m: {v: dict.fromkeys(names, float(of.mean())) for v in VIEWS} for m, of in values.items()},
        customers=n,
        customers_new=n,
        cut=cut,
        per_customer={m: dict.fromkeys(VIEWS, of) for m, of in values.items()},
        end=cut + 30 * DAY,
        judged=dict.fromkeys(VIEWS, who),
        segment=dict.fromkeys(VIEWS, kind),
        values={
            m: {
                v: {**dict.fromkeys(HEADLINES, of), TAIL_RECALL: np.where(kind == 2, of, np.nan)}
                for v in VIEWS
            }
            for m, of in values.items()
        },
        beyond={
            m: {
                v: {**dict.fromkeys(NAMES, 0.25), "unavailable@10": None, "spend_caught@10": 0.5}
                for v in VIEWS
            }
            for m in values
        },
    )


def three_models(n: int = 40, cut: int = 0) -> Evaluation:
    """blend before als before popular, for every customer."""
    base = np.linspace(0.2, 0.6, n)
    wave = 0.02 * np.sin(np.arange(n))
    segment = np.arange(n) % 3
    models = {"als": base, "blend": base + 0.1 + wave, "most_bought": base + wave, "popular": base - 0.1}
    return window(
        {name: values.tolist() for name, values in models.items()}, segment=segment.tolist(), cut=cut
    )
