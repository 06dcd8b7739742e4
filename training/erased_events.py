"""Events of erased people leave the archive that the service's workers write."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import polars as pl

from service.store.tombstones import Tombstones, erased_among
from training.file_lock import file_locked
from training.tombstone_file import leave_mark, marked_at

_LOCK = ".lock"
"""Who replaces files of the archive holds it, as the workers do that merge them."""

_MARK = ".erasures.sha256"

_UNDER_WAY_S = 3_600.0
"""How long after an erasure a worker may still write events that it had read before."""

_PERSON = ("visitor_id", "customer_id")


def erase_from_events(folder: Path, tombstones: Tombstones, ids: Collection[str] | None = None) -> int:
    """Take out what arrived before the person was erased; returns how many rows that was.

    Args:
        folder: of the archive; need not exist.
        ids: search for these alone; None: for everybody with a tombstone.

    Raises:
        OSError, polars.exceptions.PolarsError: a file cannot be read or written.
    """
    if not tombstones or not folder.is_dir():
        return 0
    with file_locked(folder / _LOCK):
        if ids is not None:
            named = erased_among(ids, tombstones)
            return sum(_erase(file, named) for file in folder.glob("date=*/*.parquet"))
        since = marked_at(folder / _MARK, tombstones) - _UNDER_WAY_S
        files = [file for file in folder.glob("date=*/*.parquet") if file.stat().st_mtime >= since]
        removed = sum(
            _erase(file, erased_among(_people(pl.scan_parquet(file)), tombstones)) for file in files
        )
        leave_mark(folder / _MARK, tombstones)
        return removed


def of_nobody_erased(events: pl.LazyFrame, tombstones: Tombstones) -> pl.Expr:
    """Which events are of nobody erased, or arrived after that."""
    erased = erased_among(_people(events), tombstones) if tombstones else {}
    return _stays(erased) if erased else pl.lit(True)


def _people(events: pl.LazyFrame) -> list[str]:
    people = events.select(_PERSON).collect()
    return pl.concat(people.get_columns()).drop_nulls().unique().to_list()


def _erase(file: Path, erased: Mapping[str, int]) -> int:
    if not erased:
        return 0
    stays = _stays(erased)
    removed = pl.scan_parquet(file).filter(~stays).select(pl.len()).collect().item()
    if removed:
        kept = pl.read_parquet(file).filter(stays)
        unfinished = file.with_suffix(".tmp")
        kept.write_parquet(unfinished, compression="zstd")
        unfinished.replace(file)
    return removed


def _stays(erased: Mapping[str, int]) -> pl.Expr:
    return pl.all_horizontal(_is_later(column, erased) for column in _PERSON)


def _is_later(column: str, erased: Mapping[str, int]) -> pl.Expr:
    """Whether a row is of nobody erased, or arrived after that."""
    erased_at = pl.col(column).replace_strict(
        list(erased), list(erased.values()), default=None, return_dtype=pl.Int64
    )
    return (pl.col("received_at").dt.epoch("ms") > erased_at).fill_null(True)
