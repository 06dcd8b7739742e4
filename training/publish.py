"""From a version's artefact into the store: the only way by which lists go live."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from service.store.codec import encode_indices, encode_lists
from service.store.erasure import erase_lists, tell_of_erasure
from service.store.lease import Lease
from service.store.publisher import VersionWriter
from service.store.reaper import reap
from training.erased_lists import erase_from_artefact, only_here
from training.errors import UsageError
from training.lists import CUSTOMER_LISTS, CustomerBlock, Lists
from training.store_session import Store
from training.tombstone_file import tombstones_of
from training.version_artefact import EVERYBODY, VersionArtefact

Progress = Callable[[int, int], None]


def publish(
    artefact: VersionArtefact,
    store: Store,
    lease: Lease,
    progress: Progress | None = None,
    *,
    demo_may_replace: bool = False,
) -> None:
    """Write the version beside the live one, then flip the pointer; what nobody reads any more is cleared.

    Until the flip the live version serves untouched; a publisher that dies leaves only keys that
    the next one clears. What is cleared after the flip is the version before the previous one:
    readers that have not yet seen the new pointer read the previous one, which stays. Lists of customers
    who were erased since the version was made leave the artefact first.

    Args:
        artefact: of the version.
        store: where it goes live.
        lease: held.
        progress: told (customers done, customers) of each list.
        demo_may_replace: somebody asked for this very version; a run never does.

    Raises:
        LeaseLost: another run has taken over.
        DemoRefused: a demonstration version would replace a live one, and may not.
        UsageError: what the configuration made of the orders cannot be published.
        redis.RedisError: the store went away.
        models.artefact.ArtefactError: the artefact was damaged.
    """
    info = artefact.info()
    reap(store.client, store.keys, lease)
    with only_here(artefact):
        erase_from_artefact(artefact, tombstones_of(store, artefact.data_dir))
        writer = VersionWriter(store.client, store.keys, info.version, lease)
        try:
            _write(artefact, writer, progress)
        except ValueError as error:
            raise UsageError(f"version {info.version} cannot be published: {error}") from error
        writer.publish(info, demo_may_replace=demo_may_replace)
        _erase_meanwhile_erased(artefact, store)
    reap(store.client, store.keys, lease)


def _erase_meanwhile_erased(artefact: VersionArtefact, store: Store) -> None:
    """Whoever was erased while the version was written: the erasure itself saw the version before alone."""
    gone = erase_from_artefact(artefact, tombstones_of(store, artefact.data_dir))
    if gone:
        erase_lists(store.client, store.keys, artefact.folder.name, gone)
        tell_of_erasure(store.client, store.keys)


def _write(artefact: VersionArtefact, writer: VersionWriter, progress: Progress | None) -> None:
    """Raises `ValueError` for what the store's formats cannot hold, such as a score that is no number."""
    product_ids, records = artefact.catalog()
    writer.write_catalog(product_ids, [record.get("category") for record in records], records)
    if (flags := artefact.flags()) is not None:
        writer.write_flags(flags)
    if (sales := artefact.sales()) is not None:
        writer.write_sales(sales.packed())
    if (days := artefact.repurchase_days()) is not None:
        writer.write_repurchase_days(days)
    for name, value in packed_for_everybody(artefact.lists(EVERYBODY)).items():
        writer.write_global_list(name, value)
    for name, lists in artefact.lists("products").items():
        writer.write_item_lists(name, product_ids[: len(lists.products)], _encoded(lists))
    _write_customers(artefact, writer, progress)


def _write_customers(artefact: VersionArtefact, writer: VersionWriter, progress: Progress | None) -> None:
    # The artefact is read once a list, so that no more than a block of customers is in memory.
    ids = [customer_id for block in artefact.customers() for customer_id in block.ids]
    for name in CUSTOMER_LISTS:
        values = (value for block in artefact.customers() for value in _encoded(block.lists[name]))
        writer.write_customer_lists(name, ids, values, progress)
    writer.write_customer_lists(
        "bought", ids, (value for block in artefact.customers() for value in _bought(block))
    )
    explained = [
        block.ids[row] for block in artefact.customers() for row in np.flatnonzero(block.explained).tolist()
    ]
    if explained:
        writer.write_explain(explained, _explanations(artefact))


def packed_for_everybody(lists: Mapping[str, Lists]) -> dict[str, bytes]:
    """Lists of one row each, by name, in the store's format; raises `ValueError` as `encode_lists`."""
    return {name: _encoded(of_all)[0] for name, of_all in lists.items()}


def _encoded(lists: Lists) -> list[bytes]:
    return encode_lists(lists.products, lists.scores, lists.reasons, lists.reason_products)


def _bought(block: CustomerBlock) -> list[bytes]:
    ends = block.bought_counts.cumsum()
    return [
        encode_indices(block.bought[end - n : end]) for n, end in zip(block.bought_counts, ends, strict=True)
    ]


def _explanations(artefact: VersionArtefact) -> Iterator[dict[str, Any]]:
    """What each model added to the scores of a `for_you` list: `products` (indices), `scores` by model."""
    for block in artefact.customers():
        for row in np.flatnonzero(block.explained):
            products = block.lists["for_you"].products[row]
            listed = products >= 0
            scores = block.model_scores[:, row, listed].astype(float).round(4).tolist()
            yield {
                "products": products[listed].tolist(),
                "scores": dict(zip(block.models, scores, strict=True)),
            }
