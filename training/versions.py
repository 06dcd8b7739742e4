"""Published versions from the command line: listing them and choosing the live one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from service.store.versions import VersionInfo, VersionMissing, list_versions, live, point_to
from training.errors import UsageError
from training.publish import publish
from training.store_session import Store, locked
from training.version_artefact import VersionArtefact


def listed(store: Store) -> tuple[list[VersionInfo], str | None]:
    """All versions that are remembered, newest first, and the live one's id."""
    current = live(store.client, store.keys)
    return list_versions(store.client, store.keys), current.version if current else None


def as_json(infos: list[VersionInfo], live_version: str | None) -> list[dict[str, Any]]:
    """Each version's facts, and whether it is live."""
    return [{**asdict(info), "live": info.version == live_version} for info in infos]


def activate(store: Store, version: str, versions: Path) -> None:
    """Make `version` live.

    Args:
        store: where it goes live.
        version: its id.
        versions: the folder of the artefacts; one that the store no longer holds is published again from it.

    Raises:
        UsageError: neither the store nor the folder has it.
        RunInProgress: a run holds the lock.
        models.artefact.ArtefactError: the artefact was damaged.
    """
    with locked(store) as lease:
        try:
            point_to(store.client, store.keys, version, lease)
            return
        except VersionMissing:
            artefact = VersionArtefact.find(versions, version)
        if artefact is None:
            raise UsageError(f"there is no version {version}; `python -m training versions` lists them")
        publish(artefact, store, lease, demo_may_replace=True)


def rollback(store: Store, versions: Path) -> str:
    """Make the version live that was live before; returns its id. Raises `UsageError` where there is none."""
    current = live(store.client, store.keys)
    if current is None or current.previous is None:
        raise UsageError("there is no version before the live one to go back to")
    activate(store, current.previous, versions)
    return current.previous
