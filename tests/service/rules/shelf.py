"""A catalogue of eight products, small enough to see every answer at a glance.

| index | id | category | brand | price | in stock | tags |
| 0 | green | Drinks > Tea | Acme | 2 | yes | organic |
| 1 | black | Drinks > Tea | Acme | 4 | no | |
| 2 | beans | Drinks > Coffee | Bolt | 8 | yes | organic, gift |
| 3 | juice | Drinks | Bolt | 3 | yes | |
| 4 | bread | Bakery | Corn | 5 | yes | organic |
| 5 | cake | Bakery | Corn | 9 | yes | gift |
| 6 | sock | none | none | 1 | yes | |
| 7 | lamp | Home | Acme | unknown | yes | |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from service.rules.document import rules_of
from service.rules.rule import Rule
from service.store.attributes import ProductAttributes
from service.store.packed import Categories, ProductIds, encode_categories, encode_product_ids

ROWS: list[tuple[str, str | None, str | None, float | None, bool, list[str]]] = [
    ("green", "Drinks > Tea", "Acme", 2, True, ["organic"]),
    ("black", "Drinks > Tea", "Acme", 4, False, []),
    ("beans", "Drinks > Coffee", "Bolt", 8, True, ["organic", "gift"]),
    ("juice", "Drinks", "Bolt", 3, True, []),
    ("bread", "Bakery", "Corn", 5, True, ["organic"]),
    ("cake", "Bakery", "Corn", 9, True, ["gift"]),
    ("sock", None, None, 1, True, []),
    ("lamp", "Home", "Acme", None, True, []),
]
IDS = [row[0] for row in ROWS]
CATEGORIES = ["Drinks", "Drinks > Tea", "Drinks > Coffee", "Bakery", "Home"]
BRANDS = ["Acme", "Bolt", "Corn"]
TAGS = ["organic", "gift"]


@dataclass(frozen=True, eq=False)
class Shelf:
    """What rules ask of a snapshot."""

    product_ids: ProductIds
    categories: Categories | None
    attributes: ProductAttributes | None


def shelf() -> Shelf:
    """The eight products."""
    records: list[dict[str, Any]] = [
        {"brand": brand, "price": price, "in_stock": in_stock, "tags": tags}
        for _, _, brand, price, in_stock, tags in ROWS
    ]
    return Shelf(
        ProductIds(encode_product_ids(IDS)),
        Categories(encode_categories([row[1] for row in ROWS])),
        ProductAttributes.of(records),
    )


def rule(kind: str, rule_id: str = "r", **members: Any) -> Rule:
    """A rule of this type; `members` as in its document."""
    (made,) = rules_of([{"id": rule_id, "name": rule_id, "type": kind, **members}])
    return made


def named(mask: bytes | bytearray | None) -> set[str]:
    """The ids of the products whose byte is 1."""
    return {IDS[index] for index, byte in enumerate(mask or b"") if byte}
