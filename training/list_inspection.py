"""Look over the very lists that are about to be published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from training import columns as c
from training.catalogue_reach import PLACES, reach, recently_sold
from training.interactions import Interactions
from training.lists import NONE, Lists
from training.version_artefact import EVERYBODY, VersionArtefact


@dataclass(frozen=True)
class Inspection:
    """What was found on the lists of a version.

    Attributes:
        customers: who have lists.
        reach: `training.catalogue_reach.reach` of `for_you`.
        unavailable: ids of products on any list that cannot be ordered now, sorted.
    """

    customers: int
    reach: float | None
    unavailable: tuple[str, ...]


def inspect(artefact: VersionArtefact, interactions: Interactions) -> Inspection:
    """Read back every list that was written, and hold it against the catalogue written beside it.

    Args:
        artefact: with all its content; it need not be finished.
        interactions: the orders that it was fitted on.

    Raises:
        ArtefactError: what was written cannot be read.
    """
    ids, records = artefact.catalog()
    available = _available(records, interactions.now)
    is_shown = np.zeros(len(ids), dtype=bool)
    is_listed = np.zeros(len(ids), dtype=bool)
    customers = 0
    for lists in (*artefact.lists("products").values(), *artefact.lists(EVERYBODY).values()):
        is_listed[_products(lists)] = True
    for block in artefact.customers():
        customers += len(block.ids)
        is_shown[_products(block.lists["for_you"], PLACES)] = True
        for lists in block.lists.values():
            is_listed[_products(lists)] = True
    is_offered = available.copy()
    is_offered[len(interactions.products) :] = False
    is_offered[: len(interactions.products)] &= recently_sold(interactions)
    return Inspection(
        customers=customers,
        reach=reach(is_shown, is_offered, customers),
        unavailable=tuple(sorted(ids[index] for index in np.flatnonzero(is_listed & ~available))),
    )


def _available(records: Sequence[Mapping[str, Any]], now: int) -> np.ndarray:
    """(products,) bool, by what the published records say, not by what the ranking was told.

    Args:
        now: seconds since 1970 UTC.
    """
    today = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return np.array(
        [record[c.IN_STOCK] and (record[c.AVAILABLE_FROM] or today) <= today for record in records],
        dtype=bool,
    )


def _products(lists: Lists, places: int | None = None) -> np.ndarray:
    """Product indices in the first places of the lists."""
    products = lists.products[:, :places]
    return products[products != NONE]
