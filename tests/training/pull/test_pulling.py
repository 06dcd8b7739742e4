"""Whatever a shop sends is stored, passed by or kept aside, and the numbers add up."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shop_orders import Record
from tests.training.pull.shop_servers import magento_order, shopify_order, woocommerce_order
from training import columns as c
from training.connectors import magento_json, shopify_json, woocommerce_json
from training.errors import InputRefused
from training.pull.pulled_files import PulledFiles
from training.pull.pulling import PullSummary, pull_orders
from training.pull.shop import Shop

EXAMPLES = [
    (shopify_json, shopify_order(5, "2026-02-01T08:00:00")),
    (woocommerce_json, woocommerce_order(5, "2026-02-01T08:00:00")),
    (magento_json, magento_order(5, "2026-02-01T08:00:00")),
]
FIELDS = {"shopify": ("id", "updated_at"), "woocommerce": ("id", "date_modified_gmt")} | {
    "magento": ("entity_id", "updated_at")
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("2026-02-01"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


def shop_of(layout: ModuleType, *pages: list[Record]) -> Shop:
    identity, changed = FIELDS[layout.NAME]
    return Shop(layout.NAME, "https://tea.example", layout, identity, changed, lambda since: iter(pages))


def pulled(files: PulledFiles, shop: Shop) -> PullSummary:
    return pull_orders(shop, files, None, lambda summary, reached: None)


@st.composite
def damaged_orders(draw: st.DrawFn) -> tuple[ModuleType, list[Record]]:
    """Orders of one platform in which some members hold anything."""
    layout, example = draw(st.sampled_from(EXAMPLES))
    orders: list[Record] = []
    for _ in range(draw(st.integers(1, 3))):
        order: Record = example | draw(st.dictionaries(st.sampled_from(sorted(example)), VALUES, max_size=3))
        lines: Any = order.get("line_items", order.get("items"))
        if isinstance(lines, list) and lines and isinstance(lines[0], dict):
            members = st.dictionaries(st.sampled_from(sorted(lines[0]) or ["sku"]), VALUES, max_size=3)
            name = "line_items" if "line_items" in order else "items"
            order[name] = [lines[0] | draw(members)]
        orders.append(order)
    return layout, orders


@given(damaged_orders())
def test_any_order_is_stored_passed_by_or_kept_aside(drawn):
    layout, orders = drawn
    with tempfile.TemporaryDirectory() as folder:
        files = PulledFiles(Path(folder))
        try:
            summary = pulled(files, shop_of(layout, orders))
        except InputRefused:
            assert list(files.folder.iterdir()) == []
            return
        kept_aside = sum(summary.quarantine.values())
        assert summary.orders + summary.seen_again + kept_aside == len(orders)
        stored = pl.concat([pl.read_parquet(file) for file in summary.files])
        assert stored.height == summary.lines
        assert stored[c.COPY].n_unique() == summary.orders


@pytest.mark.parametrize("layout, order", EXAMPLES, ids=lambda value: getattr(value, "NAME", ""))
def test_an_order_without_a_change_of_its_own_is_stored_each_time(tmp_path, layout, order):
    _, changed = FIELDS[layout.NAME]
    timeless = order | {changed: None}
    summary = pulled(PulledFiles(tmp_path), shop_of(layout, [timeless], [timeless]))
    assert (summary.orders, summary.seen_again, summary.watermark) == (2, 0, None)


def test_the_watermark_of_a_shop_that_does_not_sort_is_never_later_than_the_start(tmp_path):
    """Whoever was read early on may have changed until the end."""
    before = datetime.now(UTC)
    orders = [shopify_order(n, at) for n, at in ((1, "2199-01-01"), (2, "2026-01-01"))]
    summary = pulled(PulledFiles(tmp_path), shop_of(shopify_json, orders))
    assert summary.watermark is not None
    assert summary.watermark < before
