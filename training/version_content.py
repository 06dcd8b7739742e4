"""What goes into a version: every list that is published, written into its artefact."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from service.store.packed import ProductFlags
from training.configuration import PublishConfig
from training.diversity import Diversifier
from training.everybody_lists import everybody_lists
from training.features.purchases import usual_gap_days
from training.fitting import FittedModels
from training.interactions import Interactions
from training.item_attributes import attributes_of
from training.preparation import Prepared
from training.ranking import CustomerRanking, product_lists
from training.sales import Sales
from training.version_artefact import EVERYBODY, VersionArtefact


def write_content(
    artefact: VersionArtefact,
    prepared: Prepared,
    fitted: FittedModels,
    model: str,
    config: PublishConfig,
    progress: Callable[[int, int], None] | None = None,
    diversifier: Diversifier | None = None,
) -> None:
    """Rank everything and write it, customers block by block.

    Args:
        artefact: just begun.
        prepared: orders and catalogue; products that were never sold have the last indices.
        fitted: models fitted on all of these orders.
        model: `blend` or `most_bought`.
        config: lengths of lists.
        progress: told (customers done, customers).
        diversifier: puts customers' lists in another order; None: they stay as ranked.
    """
    interactions, catalog = prepared.interactions, prepared.catalog
    available = catalog.available & (catalog.available_from <= interactions.now)
    sold = available[: len(interactions.products)]
    sales = Sales.of(interactions, catalog.told, ranked=sold)
    # What cannot be ordered now is on none of these lists, so that nothing has to be taken off them.
    flags = ProductFlags(catalog.listed, withdrawn=np.zeros(len(catalog), dtype=bool))
    artefact.write_sales(sales)
    artefact.write_repurchase_days(usual_gap_days(interactions))
    artefact.write_catalog(catalog.product_ids.tolist(), catalog.records, flags)
    artefact.write_model(fitted.blend)
    tokens = attributes_of(catalog).tokens
    artefact.write_lists("products", product_lists(fitted, config.list_length, available, tokens))
    artefact.write_lists(EVERYBODY, everybody_lists(sales, catalog, available, config.list_length))
    explained = _most_active(interactions, config.explain_customers)
    ranking = CustomerRanking(fitted, model, config.list_length, sold, diversifier)
    for number, block in enumerate(ranking.blocks(interactions.customers, explained, progress)):
        artefact.write_customers(number, block)


def _most_active(interactions: Interactions, n: int) -> np.ndarray:
    """(customers,) bool: those with the most orders, n at most."""
    known = interactions.known()
    _, first_rows = np.unique(known.order, return_index=True)
    orders = np.bincount(known.customer[first_rows], minlength=len(interactions.customers))
    chosen = np.zeros(len(orders), dtype=bool)
    chosen[np.argsort(-orders, kind="stable")[:n]] = True
    return chosen
