"""What a catalogue changes of the one before it."""

from __future__ import annotations

from dataclasses import dataclass

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
    ids = reader.product_ids(meta)
    listed = zip(table.product_ids.tolist(), table.records, table.listed.tolist(), strict=True)
    new = {product_id: record for product_id, record, is_listed in listed if is_listed}
    gone = changed = 0
    for product, record in reader.all_products(meta):
        if not flags.listed[product]:
            continue
        after = new.pop(ids[product], None)
        if after is None:
            gone += 1
        elif after != record:
            changed += 1
    return CatalogChanges(len(new), gone, changed)
