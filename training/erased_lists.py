"""Lists of customers whose data were erased: they leave the artefacts of versions that were made before."""

from __future__ import annotations

import numpy as np

from service.store.tombstones import Tombstones, erased_among
from training.run_id import began_ms
from training.tombstone_file import leave_mark, marked_at
from training.version_artefact import VersionArtefact

CLOCKS_APART_MS = 3_600_000
"""How far the clocks of the service and of the training may differ. A version that began less than this
after an erasure is taken for one that did not know of it."""

_MARK = "erasures.sha256"


def erase_from_artefact(artefact: VersionArtefact, tombstones: Tombstones) -> list[str]:
    """Take the lists of erased customers out of a version's folder.

    A version that began well after an erasure was made without the erased orders, so that what it has of
    the customer is of later ones, and stays.

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
    gone: list[str] = []
    for number, block in enumerate(artefact.customers()):
        erased = erased_among(block.ids, recent)
        if erased:
            kept = np.array([customer_id not in erased for customer_id in block.ids])
            artefact.replace_customers(number, block.only(kept))
            gone += erased
    leave_mark(mark, recent)
    return gone
