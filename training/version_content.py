"""What goes into a version: every list that is published, written into its artefact."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.catalog import UNKNOWN_DATE
from training.configuration import PublishConfig
from training.fitting import FittedModels
from training.global_lists import newest_first, popularity, trend
from training.interactions import Interactions
from training.lists import Lists
from training.preparation import Prepared
from training.ranking import CustomerRanking, global_list, product_lists
from training.version_artefact import VersionArtefact

POPULAR_LENGTH = 10_000
"""It fills up what a category or an exclusion leaves of other lists, so it must reach far; 90 kB at most."""

UNSOLD_SCORE = 1e-4
"""Of products that nobody has bought yet: behind all others, and still above 0 as a float16."""


def write_content(
    artefact: VersionArtefact,
    prepared: Prepared,
    fitted: FittedModels,
    model: str,
    config: PublishConfig,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Rank everything and write it, customers block by block.

    Args:
        artefact: just begun.
        prepared: orders and catalogue; products that were never sold have the last indices.
        fitted: models fitted on all of these orders.
        model: `blend` or `most_bought`.
        config: lengths of lists.
        progress: told (customers done, customers).
    """
    interactions, catalog = prepared.interactions, prepared.catalog
    available = catalog.available & (catalog.available_from <= interactions.now)
    sold = available[: len(interactions.products)]
    artefact.write_catalog(catalog.product_ids.tolist(), catalog.records)
    artefact.write_model(fitted.blend)
    artefact.write_lists("products", product_lists(fitted, config.list_length, sold))
    artefact.write_lists(
        "everybody",
        {
            "popular": _popular(prepared, available),
            "trending": global_list(trend(interactions), config.list_length, sold, "trending"),
            "new_arrivals": _new_arrivals(prepared, config.list_length, available),
        },
    )
    explained = _most_active(interactions, config.explain_customers)
    ranking = CustomerRanking(fitted, model, config.list_length, sold)
    for number, block in enumerate(ranking.blocks(interactions.customers, explained, progress)):
        artefact.write_customers(number, block)


def _popular(prepared: Prepared, available: np.ndarray) -> Lists:
    scores = np.full(len(available), UNSOLD_SCORE, dtype=np.float32)
    sold = popularity(prepared.interactions)
    scores[: len(sold)] = np.maximum(sold, UNSOLD_SCORE)
    return global_list(scores, POPULAR_LENGTH, available, "popular")


def _new_arrivals(prepared: Prepared, length: int, available: np.ndarray) -> Lists:
    catalog, interactions = prepared.catalog, prepared.interactions
    orders = np.bincount(interactions.product, minlength=len(catalog))
    listed = available & (catalog.available_from != UNKNOWN_DATE)
    items, scores = newest_first(catalog.available_from, orders, listed, interactions.now)
    return Lists.of_one_reason(items[None, :length], scores[None, :length], "new")


def _most_active(interactions: Interactions, n: int) -> np.ndarray:
    """(customers,) bool: those with the most orders, n at most."""
    known = interactions.known()
    _, first_rows = np.unique(known.order, return_index=True)
    orders = np.bincount(known.customer[first_rows], minlength=len(interactions.customers))
    chosen = np.zeros(len(orders), dtype=bool)
    chosen[np.argsort(-orders, kind="stable")[:n]] = True
    return chosen
