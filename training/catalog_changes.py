"""What a catalogue changes of the one before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from service.store.packed import ProductFlags
from service.store.reader import StoreReader, VersionMeta
from training.catalog import ProductTable


@dataclass(frozen=True)
class CatalogChanges:
    """Products by what becomes of them.

    Attributes:
        new: in the catalogue, and not in the one before.
        gone: in the one before, and not in the catalogue.
        changed: in both, with another title, price, stock …
    """

    new: int
    gone: int
    changed: int


def catalog_changes(
    table: ProductTable, reader: StoreReader, meta: VersionMeta, flags: ProductFlags
) -> CatalogChanges:
    """Compare products with those of a published version, whose flags these are."""
    before = _listed_records(reader, meta, flags)
    after = {
        product_id: record
        for product_id, record, listed in zip(
            table.product_ids.tolist(), table.records, table.listed.tolist(), strict=True
        )
        if listed
    }
    return CatalogChanges(
        new=len(after.keys() - before.keys()),
        gone=len(before.keys() - after.keys()),
        changed=sum(after[product_id] != before[product_id] for product_id in after.keys() & before.keys()),
    )


def _listed_records(
    reader: StoreReader, meta: VersionMeta, flags: ProductFlags
) -> Mapping[str, Mapping[str, Any]]:
    ids = reader.product_ids(meta)
    listed = np.flatnonzero(flags.listed).tolist()
    records = dict(reader.all_products(meta))
    return {ids[product]: records[product] for product in listed}
