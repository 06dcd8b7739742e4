"""Times given on the command line, written like those of orders."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from training.connectors.fields import EARLIEST, LATEST, as_time
from training.errors import UsageError


def option_time(option: str, text: str, timezone: str, example: str) -> datetime:
    """The time in UTC; without a zone it is in `timezone`.

    Raises:
        UsageError: it is none, or not of 1970 to 2099; names the `option` and shows the `example`.
    """
    read = as_time(pl.Series([text]), timezone).to_frame("time")
    within = read.filter(pl.col("time").is_between(EARLIEST, LATEST))
    if within.is_empty():
        raise UsageError(f"{option} {text!r} is no ISO 8601 time of 1970 to 2099, for example {example}")
    return within["time"].item()
