"""Small orders for tests: lines as dicts, files as text."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl

from training import columns as c
from training.cleaning import CleanOrders, clean
from training.connectors.order_rows import ORDER_SCHEMA, typed
from training.interactions import Interactions
from training.quarantine import Quarantine
from training.reading import StagedOrders

ORDER_HEADER = ",".join(c.ORDER_REQUIRED)


def line(
    order: str = "1",
    customer: str | None = "ann",
    product: str = "tea",
    quantity: float = 1,
    price: float = 2.5,
    at: str = "2026-01-05",
    **more: Any,
) -> dict[str, Any]:
    """One order line; `more` are optional columns such as status or title."""
    return {
        c.ORDER_ID: order,
        c.CUSTOMER_ID: customer,
        c.PRODUCT_ID: product,
        c.QUANTITY: quantity,
        c.UNIT_PRICE: price,
        c.ORDERED_AT: at,
        **more,
    }


def staged(lines: Iterable[dict[str, Any]]) -> StagedOrders:
    """The lines as `read_orders` would give them; they must be good ones."""
    rows = [{c.SOURCE: "orders.csv", c.LINE: number, **row} for number, row in enumerate(lines, start=2)]
    raw = pl.DataFrame(rows, infer_schema_length=None)
    frame = typed(raw, "UTC") if rows else pl.DataFrame(schema={**ORDER_SCHEMA, c.REASON: pl.String})
    assert frame[c.REASON].is_null().all(), frame[c.REASON].to_list()
    return StagedOrders(frame.select(*ORDER_SCHEMA), Quarantine.of([]), ("orders.csv",))


def cleaned(*lines: dict[str, Any], as_of: int | None = None) -> CleanOrders:
    """The lines after cleaning."""
    return clean(staged(lines), as_of=as_of)


def interactions(*lines: dict[str, Any]) -> Interactions:
    """The lines as models see them."""
    return Interactions.from_lines(cleaned(*lines).lines)


def order_file(folder: Path, *rows: str, header: str = ORDER_HEADER, name: str = "orders.csv") -> str:
    """A CSV file of orders; returns its path."""
    return text_file(folder, "\n".join([header, *rows, ""]), name)


def text_file(folder: Path, content: str | bytes, name: str) -> str:
    """A file with this content; returns its path."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)
