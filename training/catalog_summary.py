"""What an update of the catalogue did, as one object: the command's `--json`, and what it tells a person."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class CatalogSummary:
    """What an update did; filled in as it goes, so that a refused one tells how far it came.

    Attributes:
        version: the live version, once it has the catalogue.
        rows: of the catalogue: read = kept + merged + ignored + quarantined.
        quarantine, ignored: rows by reason.
        products: in the catalogue.
        new, gone, changed: of those, as of `CatalogChanges`.
        out_of_stock: products that it says cannot be ordered.
        unreleased: products whose `available_from` is still to come.
        sold_not_listed: products of the orders that it lacks.
        listed_not_sold: products that no order has.
        seconds: by stage.
    """

    version: str | None = None
    rows: dict[str, int] = field(default_factory=dict)
    quarantine: dict[str, int] = field(default_factory=dict)
    ignored: dict[str, int] = field(default_factory=dict)
    products: int = 0
    new: int = 0
    gone: int = 0
    changed: int = 0
    out_of_stock: int = 0
    unreleased: int = 0
    sold_not_listed: int = 0
    listed_not_sold: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
