"""Exports with an erased person in them are deleted: they can be made anew, without."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

import polars as pl

from service.exports.folder import ExportFolder
from service.store.tombstones import Tombstones, erased_among


def erase_exports(folder: Path, tombstones: Tombstones, ids: Collection[str] | None = None) -> int:
    """Delete exports, finished or not, that were begun before somebody in them was erased; returns how many.

    Args:
        folder: of all exports; need not exist.
        ids: search for these alone; None: for everybody with a tombstone.

    Raises:
        OSError, polars.exceptions.PolarsError: a file cannot be read or deleted.
    """
    if not tombstones:
        return 0
    found = [one.parent for one in folder.glob("*/manifest.json") if _holds(one.parent, tombstones, ids)]
    for export in found:
        shutil.rmtree(export)
    return len(found)


def _holds(export: Path, tombstones: Tombstones, ids: Collection[str] | None) -> bool:
    audience = ExportFolder(export)
    customers = pl.Series(audience.customers(), dtype=pl.String)
    if ids is not None:
        customers = customers.filter(customers.is_in(list(ids)))
    begun_ms = round(audience.begun_at() * 1000)
    return bool(erased_among(customers.to_list(), tombstones, since_ms=begun_ms))
