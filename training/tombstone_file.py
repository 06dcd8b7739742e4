"""`RECS_DATA_DIR/tombstones.json`: a copy of the store's tombstones, for runs that need no store.

It survives a store that lost its data, too: whoever reads both brings them to the same.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from service.store.tombstones import Tombstones, bury, read_tombstones
from training.errors import InputRefused
from training.file_lock import file_locked
from training.store_session import Store

_NAME = "tombstones.json"


def tombstones_on_disk(data_dir: Path) -> dict[str, int]:
    """The copy as it stands; empty where nobody was ever erased.

    Raises:
        InputRefused: it cannot be understood. To go on without would bring back who was erased.
    """
    file = data_dir / _NAME
    try:
        content = json.loads(file.read_bytes())
        return {str(name): int(at) for name, at in content.items()}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise InputRefused(f"{file}: cannot be read: {error}; delete it to take the store's") from error


def marked_at(mark: Path, tombstones: Tombstones) -> float:
    """When these very tombstones were last obeyed, by a mark left then: seconds since 1970, 0 for never."""
    try:
        return mark.stat().st_mtime if mark.read_text(encoding="ascii") == _digest_of(tombstones) else 0.0
    except FileNotFoundError:
        return 0.0


def leave_mark(mark: Path, tombstones: Tombstones) -> None:
    """Say that these tombstones are obeyed: to go through large files again takes long."""
    mark.write_text(_digest_of(tombstones), encoding="ascii")


def _digest_of(tombstones: Tombstones) -> str:
    return sha256(json.dumps(sorted(tombstones.items())).encode()).hexdigest()


def keep_on_disk(data_dir: Path, tombstones: Tombstones) -> dict[str, int]:
    """Add these to the copy, whole or not at all; returns all that it then holds.

    Raises:
        InputRefused: as `tombstones_on_disk`.
        OSError: the folder cannot be written to.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with file_locked(data_dir / f".{_NAME}.lock"):
        known = tombstones_on_disk(data_dir)
        united = known | {name: max(at, known.get(name, at)) for name, at in tombstones.items()}
        if united != known:
            partial = data_dir / f".{_NAME}.partial"
            partial.write_text(json.dumps(united), encoding="ascii")
            partial.replace(data_dir / _NAME)
    return united


def tombstones_of(store: Store, data_dir: Path) -> dict[str, int]:
    """Those of the store and those on disk, each then holding both; raises as `keep_on_disk`."""
    in_store = read_tombstones(store.client, store.keys)
    united = keep_on_disk(data_dir, in_store)
    if united != in_store:
        bury(store.client, store.keys, united)
    return united
