"""Ids of runs, and so of what they publish: they sort by time."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime


def new_run_id() -> str:
    """`20261123T130501042Z-1a2b`: to the millisecond; a random tail keeps two machines apart."""
    now = datetime.now(UTC)
    return f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03}Z-{secrets.token_hex(2)}"
