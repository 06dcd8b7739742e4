"""A published version on disk: everything that is needed to publish it again.

    RECS_DATA_DIR/versions/VERSION/
        info.json         what `python -m training versions` tells of it
        catalog/          product ids, records and flags, in the order of their indices
        repurchase/       after how many days each product is usually bought again
        sales/            what the orders tell of the products, for later catalogues
        products/         each product's lists
        everybody/        the lists that are the same for everybody
        catalog-ID/       a later catalogue: info.json, catalog/ and everybody/ in place of the above
        customers-00000/  a block of customers: ids, lists, bought products, scores by model
        models/NAME/      the fitted models

Each folder is an artefact of `models.artefact`: npz and JSON with checksums. Customers come in
blocks so that neither writing nor publishing holds them all.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from models.artefact import ArtefactError, read_array, read_artefact, write_artefact
from service.store.packed import ProductFlags
from service.store.versions import VersionInfo
from training.catalog import ProductTable
from training.fitting import PublishedBlend
from training.lists import CustomerBlock, Lists
from training.sales import Sales

_INFO = "info.json"
_PARTIAL = ".partial"
_LATER_CATALOG = "catalog-"

EVERYBODY = "everybody"
"""The part with the lists that are the same for everybody."""


@dataclass(frozen=True)
class VersionArtefact:
    """The folder of one version, complete or being written."""

    folder: Path

    @classmethod
    def begin(cls, versions: Path, version: str) -> Self:
        """An empty folder in `versions` that no reader takes for a version before `finish`."""
        folder = versions / f"{version}{_PARTIAL}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return cls(folder)

    @classmethod
    def find(cls, versions: Path, version: str) -> Self | None:
        """The finished artefact of a version, or None."""
        folder = versions / version
        return cls(folder) if (folder / _INFO).is_file() else None

    @property
    def data_dir(self) -> Path:
        """RECS_DATA_DIR, in which it lies."""
        return self.folder.parent.parent

    def finish(self, info: VersionInfo) -> VersionArtefact:
        """Record what it is; only now is it a version."""
        (self.folder / _INFO).write_text(info.to_json(), encoding="utf-8")
        finished = self.folder.with_suffix("")
        self.folder.rename(finished)
        return VersionArtefact(finished)

    def discard(self) -> None:
        """Delete what was written: this will be no version."""
        shutil.rmtree(self.folder)

    def info(self) -> VersionInfo:
        """Raises `ArtefactError` where it was damaged."""
        file = self._catalog_folder / _INFO
        try:
            return VersionInfo.from_json(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, TypeError) as error:
            raise ArtefactError(f"{file}: cannot be read: {error}") from error

    def write_catalog(
        self, product_ids: Sequence[str], records: Sequence[Mapping[str, Any]], flags: ProductFlags
    ) -> None:
        lines = [json.dumps(record, ensure_ascii=False) for record in records]
        arrays = {"ids": _packed(product_ids), "records": _packed(lines), "flags": _as_array(flags.packed())}
        write_artefact(self.folder / "catalog", "catalog", arrays, {})

    def catalog(self) -> tuple[list[str], list[dict[str, Any]]]:
        """Product ids and their records, by index; of the latest catalogue."""
        arrays, _ = read_artefact(self._catalog_folder / "catalog", "catalog")
        return _unpacked(arrays["ids"]), [json.loads(line) for line in _unpacked(arrays["records"])]

    def flags(self) -> ProductFlags | None:
        """Of the latest catalogue; None in artefacts of an earlier release."""
        arrays, _ = read_artefact(self._catalog_folder / "catalog", "catalog")
        return ProductFlags.unpacked(arrays["flags"].tobytes()) if "flags" in arrays else None

    def write_sales(self, sales: Sales) -> None:
        write_artefact(self.folder / "sales", "sales", {"parquet": _as_array(sales.packed())}, {})

    def sales(self) -> Sales | None:
        """None in artefacts of an earlier release."""
        if not (self.folder / "sales").is_dir():
            return None
        arrays, _ = read_artefact(self.folder / "sales", "sales")
        return Sales.unpacked(arrays["parquet"].tobytes())

    def write_repurchase_days(self, days: np.ndarray) -> None:
        """`days`: (products sold,) float32, usual between two purchases by one customer; NaN unknown."""
        write_artefact(self.folder / "repurchase", "repurchase", {"days": days.astype(np.float32)}, {})

    def repurchase_days(self) -> np.ndarray | None:
        """None in artefacts of an earlier release."""
        if not (self.folder / "repurchase").is_dir():
            return None
        return read_artefact(self.folder / "repurchase", "repurchase")[0]["days"]

    def write_lists(self, part: str, lists: Mapping[str, Lists]) -> None:
        """`part`: `products` (row = product index) or `everybody` (one row)."""
        write_artefact(self.folder / part, part, _flattened(lists), {"lists": list(lists)})

    def lists(self, part: str) -> dict[str, Lists]:
        """As `write_lists` took them; those for everybody of the latest catalogue."""
        folder = self._catalog_folder if part == EVERYBODY else self.folder
        arrays, parameters = read_artefact(folder / part, part)
        return _restored(arrays, parameters["lists"])

    def put_catalog(
        self,
        catalog: str,
        table: ProductTable,
        flags: ProductFlags,
        lists: Mapping[str, Lists],
        info: VersionInfo,
    ) -> None:
        """Take a later catalogue, whole or not at all; the one before goes.

        Args:
            catalog: its id; ids sort by time.
            table: its products, the sold ones as the version numbers them.
            flags: of the products.
            lists: those for everybody.
            info: what the version is with it.
        """
        later = VersionArtefact.begin(self.folder, f"{_LATER_CATALOG}{catalog}")
        later.write_catalog(table.product_ids.tolist(), table.records, flags)
        later.write_lists(EVERYBODY, lists)
        later.finish(info)
        for other in self.folder.glob(f"{_LATER_CATALOG}*"):
            if other != self._catalog_folder:
                shutil.rmtree(other)

    @property
    def _catalog_folder(self) -> Path:
        """Where the latest catalogue is, and what depends on it."""
        later = [file.parent for file in self.folder.glob(f"{_LATER_CATALOG}*/{_INFO}")]
        return max((one for one in later if one.suffix != _PARTIAL), default=self.folder)

    def write_customers(self, number: int, block: CustomerBlock) -> None:
        arrays = _flattened(block.lists) | {
            "ids": _packed(block.ids),
            "bought": block.bought,
            "bought_counts": block.bought_counts,
            "model_scores": block.model_scores,
            "explained": block.explained,
        }
        parameters = {"lists": list(block.lists), "models": list(block.models)}
        write_artefact(self.folder / f"customers-{number:05}", "customers", arrays, parameters)

    def replace_customers(self, number: int, block: CustomerBlock) -> None:
        """Write a block anew in place of the one with this number."""
        written = VersionArtefact(self.folder / f"{number:05}{_PARTIAL}")
        written.write_customers(number, block)
        (part,) = written.folder.iterdir()
        for file in part.iterdir():
            file.replace(self.folder / part.name / file.name)
        shutil.rmtree(written.folder)

    def customers(self) -> Iterator[CustomerBlock]:
        """The blocks, in the order in which they were written."""
        for number, _ in enumerate(self._customer_folders):
            yield self.customer_block(number)

    def customer_block(self, number: int) -> CustomerBlock:
        """The block with this number, from 0."""
        arrays, parameters = read_artefact(self._customer_folders[number], "customers")
        return CustomerBlock(
            ids=_unpacked(arrays["ids"]),
            lists=_restored(arrays, parameters["lists"]),
            bought=arrays["bought"],
            bought_counts=arrays["bought_counts"],
            models=tuple(parameters["models"]),
            model_scores=arrays["model_scores"],
            explained=arrays["explained"],
        )

    def customer_ids(self) -> Iterator[list[str]]:
        """The ids of each block, without reading, or checking, all that is told of them."""
        for folder in self._customer_folders:
            yield _unpacked(read_array(folder, "ids"))

    @property
    def _customer_folders(self) -> list[Path]:
        return sorted(self.folder.glob("customers-*"))

    def write_model(self, model: PublishedBlend) -> None:
        model.save(self.folder / "models" / model.name)


def finished_artefacts(versions: Path) -> list[VersionArtefact]:
    """Those in the folder, newest first; none where there is no such folder."""
    folders = [file.parent for file in versions.glob(f"*/{_INFO}") if file.parent.suffix != _PARTIAL]
    return [VersionArtefact(folder) for folder in sorted(folders, key=lambda one: one.name, reverse=True)]


def prune(versions: Path, keep: int, always: Collection[str | None]) -> list[str]:
    """Delete the oldest artefacts beyond `keep`, never those in `always`, and leftovers of killed runs.

    Returns:
        The versions deleted.
    """
    finished = [artefact.folder for artefact in finished_artefacts(versions)]
    surplus = [folder for folder in finished[keep:] if folder.name not in always]
    unfinished = [folder for folder in versions.iterdir() if folder.suffix == _PARTIAL]
    for folder in [*surplus, *unfinished]:
        shutil.rmtree(folder)
    return [folder.name for folder in surplus]


def _flattened(lists: Mapping[str, Lists]) -> dict[str, np.ndarray]:
    return {f"{name}.{column}": array for name, of in lists.items() for column, array in of.columns().items()}


def _restored(arrays: Mapping[str, np.ndarray], names: Sequence[str]) -> dict[str, Lists]:
    return {name: Lists(**{column: arrays[f"{name}.{column}"] for column in Lists.COLUMNS}) for name in names}


def _as_array(packed: bytes) -> np.ndarray:
    return np.frombuffer(packed, dtype=np.uint8)


def _packed(texts: Sequence[str]) -> np.ndarray:
    # Neither ids nor JSON lines can hold a line feed: both are refused or escaped where they enter.
    return np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)


def _unpacked(packed: np.ndarray) -> list[str]:
    return packed.tobytes().decode().split("\n") if len(packed) else []
