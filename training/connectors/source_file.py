"""What the user named on the command line, as files that can be opened."""

from __future__ import annotations

import glob
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import IO

from training.connectors.encoding import TextForm, as_utf8, text_form
from training.connectors.packing import DAMAGED, packing, unpacked
from training.errors import InputRefused

STDIN = "-"
UNREADABLE = (OSError, *DAMAGED)
"""What opening and reading raise for a missing, forbidden, cut off or damaged file."""


@dataclass(frozen=True)
class SourceFile:
    """One file to read.

    Attributes:
        path: where its bytes are.
        name: how messages and the quarantine call it.
    """

    path: Path
    name: str

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The bytes, unpacked, text as UTF-8 with line feeds.

        Raises `InputRefused` when they cannot be read to the end.
        """
        form = self.form
        with self.open_raw() as stream:
            yield as_utf8(stream, form)

    @cached_property
    def form(self) -> TextForm:
        """How the file writes its text: found out once, as it takes a look at the whole file."""
        with self.open_raw() as stream:
            return text_form(stream)

    @property
    def packing(self) -> str | None:
        """What the file is packed with: `gzip`, `zstd` or None."""
        try:
            with self.path.open("rb") as raw:
                return packing(raw)
        except OSError as error:
            raise self.refused(f"cannot be read: {_cause(error)}") from error

    @contextmanager
    def open_raw(self) -> Iterator[IO[bytes]]:
        """The bytes, unpacked, in whatever encoding the file has. Raises `InputRefused` as `open` does."""
        try:
            with self.path.open("rb") as raw:
                yield unpacked(raw)
        except UNREADABLE as error:
            raise self.refused(f"cannot be read: {_cause(error)}") from error

    def refused(self, why: str) -> InputRefused:
        """The error to raise about this file."""
        return InputRefused(f"{self.name}: {why}")


@contextmanager
def source_files(sources: Sequence[str]) -> Iterator[list[SourceFile]]:
    """The files that `sources` name: paths, globs, pipes, `-` for standard input, in the order given.

    Raises:
        InputRefused: nothing is there.
    """
    with tempfile.TemporaryDirectory(prefix="recs-spool-") as folder:
        spools = (Path(folder) / str(number) for number in count())
        yield [file for source in sources for file in _expand(source, spools)]


def guesses(files: Sequence[SourceFile]) -> tuple[str, ...]:
    """What was guessed about files that have been read, for whoever sent them."""
    return tuple(f"{file.name} {file.form.guess}" for file in files if file.form.guess)


def _expand(source: str, spools: Iterator[Path]) -> list[SourceFile]:
    if source == STDIN:
        return [_spooled(sys.stdin.buffer, SourceFile(next(spools), "<stdin>"))]
    if Path(source).is_dir():
        folder = _shown(source)
        raise InputRefused(f"{folder}: is a folder; name its files, for example '{folder.rstrip('/')}/*.csv'")
    if Path(source).is_fifo():
        return [_spooled_pipe(source, next(spools))]
    if Path(source).exists():
        return [SourceFile(Path(source), _shown(source))]
    # Path.glob takes no absolute pattern.
    found = sorted(path for path in glob.glob(source, recursive=True) if Path(path).is_file())  # noqa: PTH207
    if not found:
        raise InputRefused(
            f"{_shown(source)}: no such file; check the path, which is relative to {Path.cwd()}"
        )
    return [SourceFile(Path(path), _shown(path)) for path in found]


def _shown(path: str) -> str:
    """A path as text: its bytes need not be UTF-8."""
    return os.fsencode(path).decode(errors="backslashreplace")


def _spooled_pipe(source: str, spool: Path) -> SourceFile:
    """A named pipe, or what the shell makes of `<(command)`."""
    spooled = SourceFile(spool, _shown(source))
    try:
        with Path(source).open("rb") as pipe:
            return _spooled(pipe, spooled)
    except OSError as error:
        raise spooled.refused(f"cannot be read: {_cause(error)}") from error


def _spooled(stream: IO[bytes], spooled: SourceFile) -> SourceFile:
    """A stream as a file: formats are recognised by their first bytes, and Parquet by its last."""
    with spooled.path.open("wb") as copy:
        shutil.copyfileobj(stream, copy)
    return spooled


def _cause(error: Exception) -> str:
    if isinstance(error, DAMAGED):
        return f"the packed data is cut off or damaged ({error}); make the file again"
    return getattr(error, "strerror", None) or str(error)
