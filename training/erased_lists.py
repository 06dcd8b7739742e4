"""Lists of customers whose data were erased: they leave the artefacts of versions that were made before."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import numpy as np

from service.store.tombstones import Tombstones, erased_among
from training.file_lock import file_locked
from training.run_id import began_ms
from training.tombstone_file import leave_mark, marked_at
from training.version_artefact import VersionArtefact

CLOCKS_APART_MS = 3_600_000
"""How far the clocks of the service and of the training may differ. A version that began less than this
after an erasure is taken for one that did not know of it."""

_MARK = "erasures.sha256"


@contextmanager
def only_here(artefact: VersionArtefact) -> Iterator[None]:
    """Nobody else takes customers out of the artefact: not while it is published, for one, which reads it
    several times. Raises OSError where its folder cannot be written to."""
    with file_locked(artefact.folder / ".lock"):
        yield


def erase_from_artefact(
    artefact: VersionArtefact, tombstones: Tombstones, ids: Collection[str] | None = None
) -> list[str]:
    """Take the lists of erased customers out of a version's folder, within `only_here`.

    A version that began well after an erasure was made without the erased orders, so that what it has of
    the customer is of later ones, and stays.

    Args:
        ids: search for these alone; None: for everybody with a tombstone.

    Returns:
        The ids of the customers whose lists were taken out.

    Raises:
        models.artefact.ArtefactError: the artefact was damaged.
        OSError: the folder cannot be written to.
    """
    since = began_ms(artefact.folder.name) - CLOCKS_APART_MS
    recent = {name: at for name, at in tombstones.items() if at >= since}
    mark = artefact.folder / _MARK
    if not recent or marked_at(mark, recent):
        return []
    named = None if ids is None else set(erased_among(ids, recent))
    gone: list[str] = []
    for number, customers in enumerate(artefact.customer_ids()):
        erased = set(erased_among(customers, recent)) if named is None else named.intersection(customers)
        if erased:
            kept = np.array([customer_id not in erased for customer_id in customers])
            artefact.replace_customers(number, artefact.customer_block(number).only(kept))
            gone += sorted(erased)
    if named is None:
        leave_mark(mark, recent)
    return gone
