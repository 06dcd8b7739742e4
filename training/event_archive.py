"""The archive of events that the service's workers write, as a table."""

from __future__ import annotations

from pathlib import Path

import polars as pl

_TIME = pl.Datetime("ms", "UTC")

EVENT_COLUMNS = pl.Schema(
    {
        "stream_id": pl.String(),
        "received_at": _TIME,
        "event_id": pl.String(),
        "type": pl.String(),
        "visitor_id": pl.String(),
        "customer_id": pl.String(),
        "product_id": pl.String(),
        "occurred_at": _TIME,
        "recommendation_id": pl.String(),
        "placement": pl.String(),
        "rank": pl.Int32(),
        "order_id": pl.String(),
        "quantity": pl.Int32(),
        "unit_price": pl.Float64(),
        "flag": pl.String(),
    }
)
"""What docs/events.md says of each column."""


def read_events(folder: Path) -> pl.LazyFrame:
    """All archived events, each once, in no order; those of the type `identify` say who a visitor is.

    Args:
        folder: `RECS_DATA_DIR/events`; where there is none, nothing has been archived.

    Returns:
        The columns of `EVENT_COLUMNS`.
    """
    files = sorted(folder.glob("date=*/*.parquet"))
    if not files:
        return pl.LazyFrame(schema=EVENT_COLUMNS)
    # A worker that was killed between writing and acknowledging leaves its events in two files.
    return pl.scan_parquet(files, schema=EVENT_COLUMNS).unique("stream_id", keep="any")
