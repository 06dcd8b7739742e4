"""A catalogue alone, live at once: what it changes of the live version is made anew, its other lists stay."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from service.settings import Settings
from service.store.later_catalogs import LaterCatalog, put_in_place
from service.store.lease import Lease
from service.store.packed import ProductFlags
from service.store.reader import StoreReader, VersionMeta
from service.store.reaper import reap
from service.store.versions import VersionInfo
from training import columns as c
from training.catalog import Catalog, ProductTable, read_catalog
from training.catalog_changes import catalog_changes
from training.catalog_coverage import CatalogCoverage, coverage_of_sold
from training.catalog_summary import CatalogSummary
from training.configuration import TrainingConfig
from training.connectors.platform_lines import IdKeys
from training.errors import InputRefused, UsageError
from training.everybody_lists import everybody_lists
from training.preparation import write_quarantine
from training.publish import packed_for_everybody
from training.run_id import new_run_id
from training.sales import ORDERS, RANKED, Sales
from training.stages import Stages
from training.store_session import Store, locked, opened
from training.user_paths import naming
from training.version_artefact import VersionArtefact


@dataclass(frozen=True)
class CatalogRequest:
    """Which catalogue to take, and how to read it.

    Attributes:
        sources, timezone, keys: as of `training.catalog.read_catalog`.
    """

    sources: tuple[str, ...]
    timezone: str
    keys: IdKeys


class CatalogUpdate:
    """An update of the live version's catalogue, and the `summary` that fills as it goes."""

    def __init__(
        self, request: CatalogRequest, config: TrainingConfig, settings: Settings, stages: Stages
    ) -> None:
        self.summary = CatalogSummary(seconds=stages.seconds)
        self._request = request
        self._config = config
        self._settings = settings
        self._stages = stages
        self._id = new_run_id()
        # A catalogue tells of the shop as it is at this moment, not as it was at the last order.
        self._now = int(time.time())

    def execute(self) -> None:
        """Read, compare, publish.

        Raises:
            InputRefused: unreadable, without a product or one that was sold, or too many bad rows.
            UsageError: nothing is live, or an earlier release published it.
            StoreUnavailable: the store is away; the catalogue before stays.
            RunInProgress: a run holds the lock.
        """
        with opened(self._settings) as store:
            _live_meta(StoreReader(store.client, store.keys))
            catalog = self._read()
            with locked(store) as lease, self._stages.stage("publish", "Publishing the catalogue"):
                self._publish(catalog, store, lease)

    def _read(self) -> Catalog:
        request, summary = self._request, self.summary
        with self._stages.stage("read", "Reading the catalogue"):
            catalog = read_catalog(
                request.sources, timezone=request.timezone, keys=request.keys, now=self._now
            )
        for note in catalog.notes:
            self._stages.say(note)
        file = self._settings.data_dir / "runs" / self._id / "quarantine_catalog.csv"
        write_quarantine(catalog.quarantine, file, self._stages)
        summary.quarantine, summary.ignored = catalog.quarantine.counts(), catalog.ignored
        summary.rows = {
            "read": catalog.read,
            "kept": len(catalog.rows),
            "merged": catalog.merged,
            "ignored": sum(catalog.ignored.values()),
            "quarantined": len(catalog.quarantine),
        }
        catalog.require_usable(self._config.orders.max_quarantined)
        return catalog

    def _publish(self, catalog: Catalog, store: Store, lease: Lease) -> None:
        reader = StoreReader(store.client, store.keys)
        meta = _live_meta(reader)
        sales, flags = _as_published(reader, meta)
        self.summary.catalog = _covered(catalog, sales, meta)
        table = catalog.completed_by(sales.products)
        released = table.available_from <= max(self._now, sales.now)
        available = table.available & released
        changes = catalog_changes(table, reader, meta, flags)
        self.summary.new, self.summary.gone = changes.new, changes.gone
        self.summary.changed = changes.changed
        self.summary.unreleased = int((table.listed & ~released).sum())
        info = replace(
            meta.info,
            counts={**meta.info.counts, "products": len(table)},
            catalog_updated_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        )
        self._put(table, available, sales, info, store, lease)
        self.summary.version = meta.version

    def _put(
        self,
        table: ProductTable,
        available: np.ndarray,
        sales: Sales,
        info: VersionInfo,
        store: Store,
        lease: Lease,
    ) -> None:
        """Into the artefact, where this disk has it, then into the store."""
        flags = ProductFlags(table.listed, _withdrawn(sales, available))
        lists = everybody_lists(sales, table, available, self._config.publish.list_length)
        artefact = VersionArtefact.find(self._settings.data_dir / "versions", info.version)
        if artefact is not None:
            with naming("RECS_DATA_DIR", artefact.folder):
                artefact.put_catalog(self._id, table, flags, lists, info)
        packed = packed_for_everybody(lists)
        later = LaterCatalog(self._id, table.product_ids.tolist(), table.records, flags, packed)
        reap(store.client, store.keys, lease)
        try:
            put_in_place(store.client, store.keys, lease, later, info)
        except ValueError as error:
            raise UsageError(f"the catalogue cannot be published: {error}") from error
        reap(store.client, store.keys, lease)


def _live_meta(reader: StoreReader) -> VersionMeta:
    live = reader.live()
    if live is None:
        raise UsageError("nothing is published yet; `python -m training run --catalog …` does")
    return reader.meta(live.version)


def _as_published(reader: StoreReader, meta: VersionMeta) -> tuple[Sales, ProductFlags]:
    packed, flags = reader.sales(meta), reader.flags(meta)
    if packed is None or flags is None:
        raise UsageError(
            f"version {meta.version} is of an earlier release and lacks what a catalogue alone needs; "
            "`python -m training run --catalog …` publishes one that can take it"
        )
    return Sales.unpacked(packed), flags


def _covered(catalog: Catalog, sales: Sales, meta: VersionMeta) -> CatalogCoverage:
    """How far the catalogue covers what was sold. Raises `InputRefused` where it covers nothing of it."""
    coverage = coverage_of_sold(catalog, sales.products[c.PRODUCT_ID], sales.column(ORDERS))
    if coverage.sold and coverage.shares_nothing:
        raise InputRefused(
            f"no product of the catalogue, such as {coverage.listed_not_sold_examples[0]}, is one of the "
            f"{coverage.sold} that {meta.version} has from orders, such as "
            f"{coverage.sold_not_listed_examples[0]}: they go by different ids; give the --product-key that "
            "the run had. If all products did change, `python -m training run --catalog …` takes them"
        )
    return coverage


def _withdrawn(sales: Sales, available: np.ndarray) -> np.ndarray:
    """(products,) bool: what the version's lists may hold, and nobody can order now."""
    withdrawn = np.zeros(len(available), dtype=bool)
    withdrawn[: len(sales)] = sales.column(RANKED) & ~available[: len(sales)]
    return withdrawn
