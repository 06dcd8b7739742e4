"""What an update of the catalogue did, as one object: the command's `--json`, and what it tells a person."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from training.catalog_coverage import CatalogCoverage


@dataclass
class CatalogSummary:
    """What an update did; filled in as it goes, so that a refused one tells how far it came.

    Attributes:
        version: the live version, once it has the catalogue.
        rows: of the catalogue: read = kept + merged + ignored + quarantined.
        quarantine, ignored: rows by reason.
        catalog: how far it covers the orders of that version; None where it did not come to that.
        new, gone, changed: products, as of `CatalogChanges`.
        unreleased: products whose `available_from` is still to come.
        seconds: by stage.
    """

    version: str | None = None
    rows: dict[str, int] = field(default_factory=dict)
    quarantine: dict[str, int] = field(default_factory=dict)
    ignored: dict[str, int] = field(default_factory=dict)
    catalog: CatalogCoverage | None = None
    new: int = 0
    gone: int = 0
    changed: int = 0
    unreleased: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
