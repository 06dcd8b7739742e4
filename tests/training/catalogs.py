"""Small catalogues for tests, and what is read from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.builders import text_file
from training import columns as c
from training.catalog import Catalog, read_catalog
from training.connectors.platform_lines import IdKeys, ProductKey


def read(folder: Path, content: str | bytes, key: ProductKey = "sku", now: int | None = None) -> Catalog:
    """The catalogue in a file with this content."""
    return read_catalog([text_file(folder, content, "products")], keys=IdKeys(key), now=now)


def as_json(*documents: dict[str, Any]) -> str:
    """Documents as a platform's API would send them: an array."""
    return json.dumps(list(documents), indent=1)


def told(catalog: Catalog, *columns: str) -> dict[str, Any]:
    """Product id → what is told of it: the value of one column, or a tuple of several."""
    rows = catalog.rows.select(c.PRODUCT_ID, *columns).rows()
    return {row[0]: row[1] if len(columns) == 1 else row[1:] for row in rows}
