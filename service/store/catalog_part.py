"""What a catalogue changes of a version: the products, and the lists that are made of all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from service.store.attributes import ProductAttributes
from service.store.checked_writer import CheckedWriter, Progress, WrittenHash
from service.store.keys import Keys
from service.store.packed import ProductFlags, encode_categories, encode_product_ids


class CatalogPart:
    """Writes that part below the version's own keys, or below those of a later catalogue.

    Methods raise as those of `CheckedWriter`.
    """

    def __init__(self, writer: CheckedWriter, keys: Keys, version: str, catalog: str | None = None) -> None:
        self._writer = writer
        self._keys = keys
        self._place = (version, catalog)

    def write_products(
        self,
        product_ids: Sequence[str],
        categories: Sequence[str | None],
        records: Sequence[Mapping[str, Any]],
        progress: Progress | None = None,
    ) -> WrittenHash:
        """Write what is known of the products; position in each sequence = product index.

        Args:
            product_ids: all ids that lists may refer to.
            categories: paths such as `A > B > C`.
            records: title, url, price …; as JSON takes them.

        Returns:
            Where the records are.

        Raises:
            ValueError: lengths that differ, an id twice, too many products, or a record with NaN.
        """
        if not len(product_ids) == len(categories) == len(records):
            raise ValueError("product_ids, categories and records differ in length")
        self._writer.write_string(self._keys.product_ids(*self._place), encode_product_ids(product_ids))
        self._writer.write_string(self._keys.categories(*self._place), encode_categories(categories))
        attributes = ProductAttributes.of(records).packed()
        self._writer.write_string(self._keys.attributes(*self._place), attributes)
        return self._writer.write_hash(
            self._keys.products(*self._place),
            [str(index) for index in range(len(product_ids))],
            (as_json(record) for record in records),
            progress,
        )

    def write_flags(self, flags: ProductFlags) -> None:
        """Write the flags of all products."""
        self._writer.write_string(self._keys.product_flags(*self._place), flags.packed())

    def write_global_list(self, name: str, value: bytes) -> None:
        """Write a packed list that is the same for everybody."""
        self._writer.write_field(self._keys.global_lists(*self._place), name, value)


def as_json(value: Any) -> bytes:
    """Compact JSON. Raises ValueError where a number is NaN or infinite."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
