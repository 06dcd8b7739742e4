"""Which products of a catalogue a rule's selection means, as numpy masks over product indices."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np

from service.rules.rule import Path, Selection, category_path
from service.store.attributes import ProductAttributes
from service.store.packed import Categories, ProductIds

_REMEMBERED = 512
"""Selections whose packed masks are kept; of 100,000 products each takes 12 kB."""


class Catalogue(Protocol):
    """What rules ask of a snapshot; `product_ids` tells how many products there are."""

    @property
    def product_ids(self) -> Sequence[str] | ProductIds: ...

    @property
    def categories(self) -> Categories | None: ...

    @property
    def attributes(self) -> ProductAttributes | None: ...


class Matcher:
    """Answers for one catalogue; safe to share between threads.

    Attributes:
        count: products.
        attributes: None where the catalogue's are not known; then nothing has a brand, tag or price.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.count = len(catalogue.product_ids)
        self.attributes = catalogue.attributes
        self._ids = catalogue.product_ids
        self._categories = catalogue.categories
        self._packed = lru_cache(maxsize=_REMEMBERED)(lambda selection: np.packbits(self._matched(selection)))
        self._groups = lru_cache(maxsize=8)(self._grouped)

    def index_of(self, product_id: str) -> int | None:
        """The product's index; None: it is not in the catalogue."""
        return self._ids.index_of(product_id) if isinstance(self._ids, ProductIds) else None

    def category_code(self, product_id: str) -> int:
        """The code of the product's category; 0: it has none, or is not in the catalogue."""
        index = self.index_of(product_id)
        return self._categories.codes[index] if self._categories and index is not None else 0

    def path(self, code: int) -> Path | None:
        """The path of the category with this code; None for code 0."""
        return category_path(self._categories.paths[code]) if self._categories and code else None

    def matched(self, selection: Selection) -> np.ndarray:
        """(products,) bool, to be changed by nobody but the caller."""
        return np.unpackbits(self._packed(selection), count=self.count).view(bool)

    def matches(self, selection: Selection, product: int) -> bool:
        """Whether the product with this index is meant."""
        return bool(self._packed(selection)[product >> 3] >> (7 - (product & 7)) & 1)

    def groups(self, per: str, depth: int) -> np.ndarray:
        """(products,) u32: the code of each one's brand, or category at that depth; 0: it has none."""
        return self._groups(per, depth)

    def prices(self) -> np.ndarray:
        """(products,) float32; NaN where unknown."""
        if self.attributes is None:
            return np.full(self.count, np.nan, dtype=np.float32)
        return self.attributes.prices

    def in_stock(self) -> np.ndarray:
        """(products,) bool; a product of which nobody says otherwise is in stock."""
        if self.attributes is None:
            return np.ones(self.count, dtype=bool)
        return self.attributes.in_stock.astype(bool)

    def _matched(self, selection: Selection) -> np.ndarray:
        conditions = []
        if selection.product_ids:
            conditions.append(self._with_ids(selection.product_ids))
        if selection.categories:
            conditions.append(self._in_categories(selection.categories))
        if selection.brands:
            conditions.append(self._of_brands(selection.brands))
        if selection.tags:
            conditions.append(self._with_tags(selection.tags))
        if selection.price_min is not None or selection.price_max is not None:
            conditions.append(within(self.prices(), selection.price_min, selection.price_max))
        return np.logical_and.reduce(conditions) if conditions else np.ones(self.count, dtype=bool)

    def _with_ids(self, product_ids: Sequence[str]) -> np.ndarray:
        found = np.zeros(self.count, dtype=bool)
        found[[index for one in product_ids if (index := self.index_of(one)) is not None]] = True
        return found

    def _in_categories(self, paths: Sequence[str]) -> np.ndarray:
        if self._categories is None:
            return np.zeros(self.count, dtype=bool)
        wanted = frozenset[int]().union(*map(self._categories.matching, paths))
        return self._of_codes(np.asarray(self._categories.codes), sorted(wanted), len(self._categories.paths))

    def _of_brands(self, brands: Sequence[str]) -> np.ndarray:
        if self.attributes is None:
            return np.zeros(self.count, dtype=bool)
        wanted = set(brands)
        codes = [code for code, name in enumerate(self.attributes.brand_names) if name in wanted]
        return self._of_codes(self.attributes.brands, codes, len(self.attributes.brand_names))

    def _with_tags(self, tags: Sequence[str]) -> np.ndarray:
        found = np.zeros(self.count, dtype=bool)
        if self.attributes is not None:
            for tag in tags:
                found |= self.attributes.with_tag(tag)
        return found

    @staticmethod
    def _of_codes(codes: np.ndarray, wanted: Sequence[int], n_codes: int) -> np.ndarray:
        # A look-up a product: faster than np.isin, whatever the number of codes wanted.
        table = np.zeros(n_codes, dtype=bool)
        table[list(wanted)] = True
        return table[codes]

    def _grouped(self, per: str, depth: int) -> np.ndarray:
        if per == "brand":
            return (
                self.attributes.brands
                if self.attributes is not None
                else np.zeros(self.count, dtype=np.uint32)
            )
        if self._categories is None:
            return np.zeros(self.count, dtype=np.uint32)
        code_of: dict[Path, int] = {(): 0}
        tops = (category_path(path)[:depth] for path in self._categories.paths)
        table = np.array([code_of.setdefault(top, len(code_of)) for top in tops], dtype=np.uint32)
        return table[np.asarray(self._categories.codes)]


def within(prices: np.ndarray, price_min: float | None, price_max: float | None) -> np.ndarray:
    """(products,) bool: between the bounds, both included; a price that is not known is outside any bound."""
    inside = np.ones(len(prices), dtype=bool)
    if price_min is not None:
        inside &= prices >= np.float32(price_min)
    if price_max is not None:
        inside &= prices <= np.float32(price_max)
    return inside
