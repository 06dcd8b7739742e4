"""The process's own copy of one version and catalogue: bounded, immutable, enough to serve without the store.

Each worker keeps the global lists (at most 10,000 items each), the packed ids and categories of all
products, what rules ask of them, and for the 2,000 most popular products their item lists and records. With
item lists of 100 products that is about 8 MB, and some 45 bytes for each further product. A later catalogue
of the same version makes another snapshot.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from service.cursor import mark
from service.placements import ITEM_LISTS
from service.query import Candidate
from service.store.attributes import ProductAttributes
from service.store.codec import decode_list
from service.store.packed import Categories, ProductFlags, ProductIds
from service.store.reader import StoreReader, VersionMeta

TOP_PRODUCTS = 2_000
MAX_GLOBAL_ITEMS = 10_000
MAX_KNOWN_IDS = 100_000
"""Ids kept as strings once asked for: reading one out of the packed bytes takes five times longer."""

_MAX_KNOWN_INDICES = 20_000
"""Of product ids that were asked about."""

_CHUNK = 200
"""Products read in one round trip: a much larger reply would come near the serving timeout of 0.1 s."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One version, or nothing at all where `meta` is None: before the first publication, or before the
    store could first be read.

    Attributes:
        meta: the version and the number of buckets of its lists.
        global_lists: candidates by list name, best first.
        product_ids: id by product index, and index by id.
        categories: each product's category.
        item_lists: packed lists of the top products by (list name, product id).
        records: records of the top products by product index.
        withdrawn: (products,) bytes, 1 for each product that lists may hold but nobody can order now; None
            where there is none.
        attributes: what rules ask of the products; None where the version was published without.
        repurchase_days: (products sold,) usual days between two purchases, NaN unknown; None as above.
    """

    meta: VersionMeta | None = None
    global_lists: Mapping[str, Sequence[Candidate]] = field(default_factory=dict)
    product_ids: Sequence[str] | ProductIds = ()
    categories: Categories | None = None
    item_lists: Mapping[tuple[str, str], bytes] = field(default_factory=dict)
    records: Mapping[int, dict[str, Any]] = field(default_factory=dict)
    withdrawn: bytes | None = None
    attributes: ProductAttributes | None = None
    repurchase_days: np.ndarray | None = None

    @cached_property
    def version(self) -> str | None:
        """The version's id; None where there is none."""
        return self.meta.version if self.meta else None

    def product_id(self, product: int) -> str:
        """The shop's id of the product with this index."""
        return self.ids[product]

    @cached_property
    def ids(self) -> _KnownIds:
        """The shop's ids by product index, quick for those that were asked for before."""
        return _KnownIds(self.product_ids)

    def knows_product(self, product_id: str) -> bool:
        """Whether the id is in the version's catalogue."""
        return self.index_of(product_id) is not None

    def index_of(self, product_id: str) -> int | None:
        """The index of the product with this id; None: the version knows no such product."""
        return self._index_of(product_id)

    @cached_property
    def _index_of(self) -> Any:
        # The search takes a hundred times as long as to remember what it found.
        ids = self.product_ids
        return lru_cache(maxsize=_MAX_KNOWN_INDICES)(
            ids.index_of if isinstance(ids, ProductIds) else _nowhere
        )

    def price(self, product: int) -> float:
        """NaN where it is not known."""
        return math.nan if self.attributes is None else float(self.attributes.prices[product])

    def days_until_due(self, product_id: str) -> float:
        """Usual days from one purchase of the product to the next; NaN where nobody knows."""
        index = self.index_of(product_id)
        days = self.repurchase_days
        return math.nan if days is None or index is None or index >= len(days) else float(days[index])

    def category_codes(self) -> Sequence[int]:
        """(products,) the same code for the same category, 0 for none."""
        return self.categories.codes if self.categories else _Nothing()

    def brand_codes(self) -> Sequence[int]:
        """(products,) the same code for the same brand, 0 for none."""
        return _Nothing() if self.attributes is None else self.attributes.brands.data

    def in_category(self, category: str) -> Container[int]:
        """The products (indices) at or below this category path."""
        return self._in_category(category)

    @cached_property
    def _in_category(self) -> Any:
        # A cache for each snapshot, bounded: the paths come from queries.
        return lru_cache(maxsize=256)(self._under)

    def _under(self, category: str) -> Container[int]:
        return _ProductsUnder(self.categories, category) if self.categories else frozenset()


class _Nothing(Sequence[int]):
    """0 for every product."""

    def __len__(self) -> int:
        return 0

    def __getitem__(self, product: Any) -> Any:
        return 0


def _nowhere(_: str) -> None:
    return None


class _KnownIds:
    """A list in place of a dict: half as many places in memory to look at, for each product of an answer.

    Attributes:
        known: by product index; None where the id was not asked for yet.
        marks: what stands for the product in a cursor (`service.cursor.mark`), where the id is known.
    """

    def __init__(self, product_ids: Sequence[str]) -> None:
        self._product_ids = product_ids
        self.known: list[str | None] = [None] * len(product_ids)
        self.marks: list[str | None] = [None] * len(product_ids)
        self._room = MAX_KNOWN_IDS

    def __getitem__(self, product: int) -> str:
        """The id at a product index, which is not negative. Raises IndexError: there is no such product."""
        known = self.known[product]
        if known is not None:
            return known
        product_id = self._product_ids[product]
        if self._room > 0:
            self._room -= 1
            self.marks[product] = mark(product_id)
            self.known[product] = product_id
        return product_id

    def mark(self, product: int) -> str:
        """The mark of a product, whether or not it is kept."""
        return self.marks[product] or mark(self[product])


class _ProductsUnder(Container[int]):
    """Products under a path, by looking each one's category up: nothing is copied for a large catalogue."""

    def __init__(self, categories: Categories, path: str) -> None:
        self._codes = categories.codes
        self._wanted = categories.matching(path)

    def __contains__(self, product: object) -> bool:
        return isinstance(product, int) and self._codes[product] in self._wanted


def load_snapshot(reader: StoreReader, version: str) -> Snapshot:
    """Read a version's bounded copy.

    Raises:
        redis.RedisError: the store is away, or no longer holds the version.
        FormatError: what is published cannot be understood.
    """
    meta = reader.meta(version)
    product_ids = reader.product_ids(meta)
    global_lists = {
        name: decode_list(packed, MAX_GLOBAL_ITEMS) for name, packed in reader.global_lists(meta).items()
    }
    top = [candidate[0] for candidate in global_lists.get("popular", ())][:TOP_PRODUCTS]
    item_lists: dict[tuple[str, str], bytes] = {}
    records: dict[int, dict[str, Any]] = {}
    for start in range(0, len(top), _CHUNK):
        chunk = top[start : start + _CHUNK]
        item_lists |= reader.item_lists_of(meta, [product_ids[product] for product in chunk], ITEM_LISTS)
        found = reader.products(meta, chunk)
        records |= {product: record for product, record in zip(chunk, found, strict=True) if record}
    return Snapshot(
        meta,
        global_lists,
        product_ids,
        reader.categories(meta),
        item_lists,
        records,
        withdrawn=_withdrawn(reader.flags(meta)),
        attributes=reader.attributes(meta),
        repurchase_days=reader.repurchase_days(meta),
    )


def _withdrawn(flags: ProductFlags | None) -> bytes | None:
    return flags.withdrawn.tobytes() if flags is not None and flags.withdrawn.any() else None
