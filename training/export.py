"""The published customer lists as a file: for e-mail, for analysts, for checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO

import numpy as np
import polars as pl

from service.store.codec import REASONS, decode_list
from service.store.packed import ProductIds
from service.store.reader import StoreReader, VersionMeta
from training.errors import UsageError
from training.lists import CUSTOMER_LISTS
from training.spreadsheet import without_formulas
from training.store_session import Store
from training.user_paths import naming

SCHEMA = {
    "customer_id": pl.String,
    "rank": pl.Int32,
    "product_id": pl.String,
    "score": pl.Float32,
    "reason": pl.String,
    "reason_product_id": pl.String,
}
INDEX_SCHEMA = {
    "customer_id": pl.String,
    "rank": pl.Int32,
    "product": pl.Int64,
    "score": pl.Float32,
    "reason": pl.Int64,
    "of": pl.Int64,
}
Listed = tuple[int, float, int, int]
"""Product index, score, code of the reason, index of the reason's product or -1."""

FORMATS = (".csv", ".parquet", ".jsonl")
IDS_PER_ROUND_TRIP = 1_000
CUSTOMERS_PER_CHUNK = 10_000
"""Customers whose rows are Python objects at one time; the rest are columns."""


def export_lists(store: Store, placement: str, limit: int, out: Path, customers: Path | None = None) -> int:
    """Write up to `limit` rows a customer of the live version to `out`, and return how many rows there are.

    What its latest catalogue says cannot be ordered is left out.

    Args:
        store: an open one.
        placement: one of `CUSTOMER_LISTS`.
        limit: the first so many products of each list.
        out: its ending names the format. In CSV an id that begins like a formula gets a `'` before it.
        customers: a file with one customer id a line; ids without a list give no rows. Default: all.

    Raises:
        UsageError: another placement or ending, nothing is live, or a file cannot be read or written.
    """
    if placement not in CUSTOMER_LISTS:
        raise UsageError(
            f"--placement {placement}: only the customers' lists are exported: {', '.join(CUSTOMER_LISTS)}"
        )
    if out.suffix not in FORMATS:
        raise UsageError(f"--out {out}: the ending must be one of {', '.join(FORMATS)}")
    reader = StoreReader(store.client, store.keys)
    live = reader.live()
    if live is None:
        raise UsageError("nothing is published yet; `python -m training run` does")
    meta = reader.meta(live.version)
    flags = reader.flags(meta)
    withdrawn = frozenset(np.flatnonzero(flags.withdrawn).tolist()) if flags else frozenset()
    found = reader.customer_lists(meta, placement)
    if customers:
        found = _of_these(reader, meta, placement, _read_ids(customers))
    firsts = ((customer_id, _first(value, limit, withdrawn)) for customer_id, value in found)
    frame = _frame(firsts, reader.product_ids(meta)).sort("customer_id", "rank")
    with naming("--out", out):
        _write(frame, out)
    return len(frame)


def _read_ids(file: Path) -> list[str]:
    """Each line's id once. Lines end with a line feed and nothing else: an id may hold U+2028."""
    with naming("--customers", file):
        content = file.read_bytes()
    try:
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise UsageError(f"--customers: {file}: is not UTF-8 at byte {error.start}") from error
    return [one for one in dict.fromkeys(line.removesuffix("\r") for line in lines) if one]


def _of_these(
    reader: StoreReader, meta: VersionMeta, name: str, ids: list[str]
) -> Iterator[tuple[str, bytes]]:
    for start in range(0, len(ids), IDS_PER_ROUND_TRIP):
        asked = ids[start : start + IDS_PER_ROUND_TRIP]
        values = reader.read(meta, [("customer", name, customer_id) for customer_id in asked])
        yield from ((one, value) for one, value in zip(asked, values, strict=True) if value is not None)


def _first(value: bytes, limit: int, withdrawn: frozenset[int]) -> list[Listed]:
    if not withdrawn:
        return decode_list(value, limit)
    return [listed for listed in decode_list(value) if listed[0] not in withdrawn][:limit]


def _frame(found: Iterable[tuple[str, list[Listed]]], product_ids: ProductIds) -> pl.DataFrame:
    parts = [pl.DataFrame(schema=SCHEMA)]
    for chunk in _chunks(found, CUSTOMERS_PER_CHUNK):
        rows = [
            (customer_id, rank, product, score, reason, of)
            for customer_id, first in chunk
            for rank, (product, score, reason, of) in enumerate(first, start=1)
        ]
        indices = pl.DataFrame(rows, schema=INDEX_SCHEMA, orient="row")
        parts.append(_with_ids(indices, product_ids))
    return pl.concat(parts)


def _chunks(found: Iterable[tuple[str, list[Listed]]], size: int) -> Iterator[list[tuple[str, list[Listed]]]]:
    iterator = iter(found)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _with_ids(indices: pl.DataFrame, product_ids: ProductIds) -> pl.DataFrame:
    used = pl.concat([indices["product"], indices["of"]]).unique()
    known = used.filter(used >= 0)
    id_of = pl.DataFrame(
        {"index": known, "id": [product_ids[i] for i in known]}, schema={"index": pl.Int64, "id": pl.String}
    )
    reasons = dict(enumerate(REASONS))
    return (
        indices.join(id_of.rename({"id": "product_id"}), left_on="product", right_on="index", how="left")
        .join(id_of.rename({"id": "reason_product_id"}), left_on="of", right_on="index", how="left")
        .with_columns(
            pl.col("reason").replace_strict(reasons, return_dtype=pl.String), pl.col("score").round(4)
        )
        .select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    )


def _write(frame: pl.DataFrame, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("wb") as file:
        if out.suffix == ".csv":
            without_formulas(frame).write_csv(file)
        elif out.suffix == ".parquet":
            _write_parquet(frame, file)
        else:
            frame.write_ndjson(file)


def _write_parquet(frame: pl.DataFrame, file: IO[bytes]) -> None:
    try:
        frame.write_parquet(file)
    except pl.exceptions.ComputeError as error:
        # What polars makes of an error of the file, a full disk for example; the frame itself is always fine.
        raise OSError(str(error)) from error
