"""What a pull keeps: RECS_DATA_DIR/pull/PLATFORM/part-000001.parquet, …, and how far it came.

part-000001.parquet         order lines (training/connectors/pulled_lines.py)
part-000001.quarantine.csv  orders that could not be read, by their ids, where there were any
watermark.json              written after the part that it speaks of, so nothing is ever missing
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import polars as pl

from training.errors import RunInProgress, UsageError
from training.quarantine import Quarantine
from training.user_paths import naming

_SETTING = "RECS_DATA_DIR"
_UNFINISHED = ".unfinished"


@dataclass(frozen=True)
class Watermark:
    """How far the pulls of a shop came.

    Attributes:
        shop: the address of the shop.
        changed_at: every order that last changed until then is in the parts.
        recent: id → last change of orders that changed shortly before, to know them when they come again.
        since: what the last pull was asked to begin with; None: it went on, or began with the first order.
        complete: whether that pull came to its end.
    """

    shop: str
    changed_at: datetime
    recent: Mapping[str, datetime]
    since: datetime | None
    complete: bool


@dataclass(frozen=True)
class PulledFiles:
    """The folder of one platform's pulls."""

    folder: Path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other pulls out, and clear what a killed one left unfinished.

        Raises:
            RunInProgress: another pull is writing here.
            UsageError: the folder cannot be written.
        """
        with naming(_SETTING, self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / ".lock").open("a")
        with lock:
            try:
                # The system gives it back however the process ends.
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise RunInProgress(f"another pull is writing into {self.folder}") from error
            with naming(_SETTING, self.folder):
                for file in self.folder.glob(f"*{_UNFINISHED}"):
                    file.unlink()
            yield

    def watermark(self, shop: str) -> Watermark | None:
        """How far the pulls of this shop came; None before the first.

        Raises:
            UsageError: the folder is another shop's, or the file is damaged.
        """
        try:
            found = _watermark(self._watermark_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(
                f"{self._watermark_file} cannot be read ({error}); remove it, and the next pull begins anew"
            ) from error
        if found.shop != shop:
            raise UsageError(
                f"{self.folder} holds the orders of {found.shop}, not of {shop}; set another RECS_DATA_DIR, "
                "or remove the folder"
            )
        return found

    def set_watermark(self, watermark: Watermark) -> None:
        """Replace the file at once; never before the orders that it speaks of are safe."""
        text = json.dumps(asdict(watermark), default=datetime.isoformat, indent=1)
        self._replace(self._watermark_file, f"{text}\n".encode())

    def add_part(self, lines: pl.DataFrame, quarantine: Quarantine) -> Path:
        """Write one more part and return its path; the orders are safe when this returns."""
        taken = [int(file.name[5:11]) for file in self.folder.glob("part-[0-9]*.parquet")]
        name = f"part-{max(taken, default=0) + 1:06}"
        if len(quarantine):
            with naming(_SETTING, self.folder):
                quarantine.write(self.folder / f"{name}.quarantine.csv")
        path, packed = self.folder / f"{name}.parquet", BytesIO()
        # Written by ourselves: of a full disk polars would say that the file breaks Parquet's rules.
        lines.write_parquet(packed)
        self._replace(path, packed.getvalue())
        return path

    @property
    def _watermark_file(self) -> Path:
        return self.folder / "watermark.json"

    def _replace(self, path: Path, content: bytes) -> None:
        """Put a file in the place of `path` when it is complete and on disk."""
        unfinished = path.with_name(path.name + _UNFINISHED)
        with naming(_SETTING, self.folder):
            with unfinished.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
            folder = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def _watermark(text: str) -> Watermark:
    stored = json.loads(text)
    return Watermark(
        shop=str(stored["shop"]),
        changed_at=_utc(stored["changed_at"]),
        recent={key: _utc(change) for key, change in stored["recent"].items()},
        since=None if stored["since"] is None else _utc(stored["since"]),
        complete=bool(stored["complete"]),
    )


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
