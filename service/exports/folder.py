"""An export under way: parts on disk, so that one that was killed goes on where it was.

FOLDER/
    manifest.json      what is exported, by which version and rules; another one starts over
    customers.parquet  the audience, sorted; a part is so many of them
    part-00000.parquet
    export.csv         the finished file; until then there is none
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import polars as pl
import pyarrow.parquet as pq

from service.exports.spreadsheet import without_formulas

CUSTOMERS_A_PART = 2_000

_MANIFEST, _CUSTOMERS = "manifest.json", "customers.parquet"


class ExportFolder:
    """The parts of one export. All methods raise OSError where the disk fails."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def manifest(self) -> dict[str, Any] | None:
        """What is under way here; None where nothing is."""
        try:
            return json.loads((self.folder / _MANIFEST).read_bytes())
        except (FileNotFoundError, ValueError):
            return None

    def begin(self, manifest: Mapping[str, Any], customers: Sequence[str]) -> None:
        """Start over with this audience."""
        shutil.rmtree(self.folder, ignore_errors=True)
        # It tells who bought what.
        self.folder.mkdir(mode=0o700, parents=True)
        audience = pl.DataFrame({"customer_id": customers}, schema={"customer_id": pl.String})
        with self._written(_CUSTOMERS) as file:
            audience.write_parquet(file)
        with self._written(_MANIFEST) as file:
            file.write(json.dumps(manifest).encode())

    def customers(self) -> list[str]:
        """The audience, in its order."""
        return pl.read_parquet(self.folder / _CUSTOMERS)["customer_id"].to_list()

    def begun_at(self) -> float:
        """When the audience was written, in seconds since 1970."""
        return (self.folder / _CUSTOMERS).stat().st_mtime

    def has_part(self, number: int) -> bool:
        """Whether this part is there, which it is as a whole or not at all."""
        return self._part(number).is_file()

    def write_part(self, number: int, frame: pl.DataFrame) -> None:
        """Write the rows of the customers from `number` × `CUSTOMERS_A_PART` on."""
        with self._written(self._part(number).name) as file:
            frame.write_parquet(file)

    def drop_parts(self) -> None:
        """Once all is in one file, nobody needs them; the audience stays, for erasures to look at."""
        for part in self.folder.glob("part-*.parquet"):
            part.unlink()

    def rows(self, number: int) -> int:
        """How many rows a part has."""
        return pl.scan_parquet(self._part(number)).select(pl.len()).collect().item()

    def assemble(self, parts: int, out: Path) -> None:
        """Write all parts to one file, whose ending names the format; whole, or not at all.

        What is no ordinary file, such as `/dev/stdout`, is written to directly.
        """
        frames = (pl.read_parquet(self._part(number)) for number in range(parts))
        if out.exists() and not out.is_file():
            with out.open("wb") as file:
                _write(frames, out.suffix, file)
            return
        out.parent.mkdir(parents=True, exist_ok=True)
        target = out.resolve()
        partial = target.with_name(f".{target.name}.partial")
        try:
            with partial.open("wb") as file:
                _write(frames, out.suffix, file)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    def _part(self, number: int) -> Path:
        return self.folder / f"part-{number:05}.parquet"

    @contextmanager
    def _written(self, name: str) -> Iterator[IO[bytes]]:
        partial = self.folder / f".{name}"
        with partial.open("wb") as file:
            yield file
        partial.replace(self.folder / name)


def _write(frames: Iterator[pl.DataFrame], suffix: str, file: IO[bytes]) -> None:
    if suffix == ".parquet":
        _write_parquet(frames, file)
        return
    for number, frame in enumerate(frames):
        if suffix == ".csv":
            without_formulas(frame).write_csv(file, include_header=number == 0)
        else:
            frame.write_ndjson(file)


def _write_parquet(frames: Iterator[pl.DataFrame], file: IO[bytes]) -> None:
    writer = None
    for frame in frames:
        table = frame.to_arrow()
        writer = writer or pq.ParquetWriter(file, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()
