"""Ids of runs, and so of what they publish: they sort by time."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta


def new_run_id() -> str:
    """`20261123T130501042Z-1a2b`: to the millisecond; a random tail keeps two machines apart."""
    now = datetime.now(UTC)
    return f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03}Z-{secrets.token_hex(2)}"


def began_ms(run_id: str) -> int:
    """When the run with this id began, in ms since 1970; 0 where the id does not tell."""
    try:
        began = datetime.strptime(run_id[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return 0
    thousandths = run_id[15:18]
    began += timedelta(milliseconds=int(thousandths) if thousandths.isdecimal() else 0)
    return int(began.timestamp() * 1000)
