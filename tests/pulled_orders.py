"""The same orders as a pull stores them, from a shop that sends them at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.shop_orders import Record, ShopOrder
from training.connectors.document_layout import DocumentLayout
from training.pull.pulled_files import PulledFiles
from training.pull.pulling import pull_orders
from training.pull.shop import Shop


def pulled(
    layout: DocumentLayout, id_field: str, changed_field: str, document: Callable[[ShopOrder], Record]
) -> Callable[[Sequence[ShopOrder], Path], str]:
    """A writer of what `python -m training pull` leaves of such documents."""

    def write(orders: Sequence[ShopOrder], folder: Path) -> str:
        files = PulledFiles(folder / f"pulled-{layout.NAME}")
        shutil.rmtree(files.folder, ignore_errors=True)
        files.folder.mkdir()
        page = [document(order) for order in sorted(orders, key=lambda order: order.changed_at)]
        shop = Shop(
            layout.NAME, "https://tea.example", layout, id_field, changed_field, lambda since: iter([page])
        )
        pull_orders(shop, files, None, lambda summary, reached: None)
        return f"{files.folder}/*.parquet"

    return write
