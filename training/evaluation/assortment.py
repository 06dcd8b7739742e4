"""What a catalogue tells of the products, for figures beyond accuracy."""

from __future__ import annotations

from training.catalog import ProductTable
from training.evaluation.beyond_accuracy import Assortment
from training.item_attributes import item_attributes


def assortment_of(catalog: ProductTable) -> Assortment:
    """Which products are alike and which can be ordered, as the catalogue says."""
    return Assortment(likeness=item_attributes(catalog.records).tokens, available=catalog.available)
