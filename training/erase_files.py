"""Take erased people out of the files under RECS_DATA_DIR: the process that an erasure starts.

    echo '{"tombstones": {…}, "ids": […]}' | python -m training.erase_files DATA_DIR

prints what it removed as one JSON object, and keeps the tombstones for runs that need no store. A process of
its own, because the service loads nothing that reads these files; and by standard input, because everybody
on the machine can read command lines.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from pathlib import Path

from polars.exceptions import PolarsError

from models.artefact import ArtefactError
from service.store.tombstones import Tombstones
from training.erased_events import erase_from_events
from training.erased_exports import erase_exports
from training.erased_lists import erase_from_artefact, only_here
from training.errors import TrainingError
from training.tombstone_file import keep_on_disk
from training.version_artefact import finished_artefacts


@dataclass
class FilesErased:
    """How much was removed from files, and what could not be gone through.

    Attributes:
        artefact_lists: customers taken out of versions' artefacts, each version's counted.
        archived_events: rows taken out of the archive of events.
        exports: those with one of the erased in them, deleted as a whole.
        faults: what is wrong with the files that could not be read or written.
    """

    artefact_lists: int = 0
    archived_events: int = 0
    exports: int = 0
    faults: list[str] = field(default_factory=list)


def erase_files(data_dir: Path, tombstones: Tombstones, ids: Collection[str] | None = None) -> FilesErased:
    """Remove what files hold of the erased from before their erasure; to do so again is safe.

    Args:
        tombstones: of all who were erased.
        ids: who was erased just now: files are searched for these alone, which is much quicker than to hash
            every id in them.

    Raises:
        TrainingError: the tombstones on disk cannot be understood.
        OSError: they cannot be written.
    """
    known = keep_on_disk(data_dir, tombstones)
    erased = FilesErased()
    for artefact in finished_artefacts(data_dir / "versions"):
        try:
            with only_here(artefact):
                erased.artefact_lists += len(erase_from_artefact(artefact, known, ids))
        except (ArtefactError, OSError) as error:
            erased.faults.append(str(error))
    try:
        erased.archived_events = erase_from_events(data_dir / "events", known, ids)
        erased.exports = erase_exports(data_dir / "exports", known, ids)
    except (PolarsError, OSError) as error:
        erased.faults.append(str(error))
    return erased


def main(arguments: list[str]) -> int:
    (data_dir,) = arguments
    try:
        erased = asdict(erase_files(Path(data_dir), **json.load(sys.stdin)))
    except (TrainingError, OSError) as error:
        erased = {"faults": [str(error)]}
    faults = erased.pop("faults")
    print(json.dumps(erased))
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
