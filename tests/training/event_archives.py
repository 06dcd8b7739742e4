"""Archives of events, as the workers write them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from training.event_archive import EVENT_COLUMNS


def event(type: str, visitor: str, product: str | None = "tea", at: str = "2026-01-05", **more: Any) -> dict:
    """One archived event; it arrived when it occurred."""
    time = datetime.fromisoformat(at).replace(tzinfo=UTC)
    said = {"type": type, "visitor_id": visitor, "product_id": product, "occurred_at": time}
    return {"received_at": time, **said, **more}


def identify(visitor: str, customer: str, at: str) -> dict:
    """A visitor signs in."""
    return event("identify", visitor, None, at, customer_id=customer)


def archive(folder: Path, *events: dict) -> Path:
    """An archive with these events; returns its folder."""
    rows = [{"stream_id": f"{number}-0", **row} for number, row in enumerate(events)]
    day = folder / "date=2026-01-05"
    day.mkdir(parents=True)
    pl.DataFrame(rows, schema=EVENT_COLUMNS).write_parquet(day / "0.parquet")
    return folder
