"""Whatever stands in a platform's documents, each is read or set aside, and every row is accounted for."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import text_file
from tests.platform_writers import magento_order, woocommerce_order
from tests.shop_orders import ShopLine, ShopOrder
from tests.shopify_writers import shopify_bulk, shopify_order
from training import columns as c
from training.cleaning import clean
from training.reading import read_orders

ORDER = ShopOrder(
    1,
    (ShopLine("tea", 3, returned=1), ShopLine("mug", product=2, variant=21)),
    datetime(2026, 1, 5, tzinfo=UTC),
    customer=7,
    email="ann@example.com",
)
NEIGHBOUR = ShopOrder(2, (ShopLine("jam"),), datetime(2026, 1, 6, tzinfo=UTC), 8, "bob@example.com")

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from([10**30, -(10**400), 1e308, float("nan"), float("inf"), 0.5])
    | st.sampled_from(
        ["", "0", "x", "\x00", "=1+1", "1e999", "٣", "2026-01-05", "gid://shopify/Order/9", "\ud800"]
    )
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to each member of a document."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in [(*path, key), *places(value[key], (*path, key))]]


def changed(document: dict[str, Any], place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    result = deepcopy(document)
    owner: Any = result
    for key in place[:-1]:
        owner = owner[key]
    owner[place[-1]] = value
    return result


WRITTEN: dict[str, Callable[[ShopOrder], dict[str, Any]]] = {
    "shopify": shopify_order,
    "woocommerce": woocommerce_order,
    "magento": magento_order,
}


@pytest.mark.parametrize("platform", WRITTEN)
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_member_may_hold_anything(platform: str, tmp_path: Path, data: st.DataObject) -> None:
    whole = WRITTEN[platform](ORDER)
    place = data.draw(st.sampled_from(places(whole)))
    document = changed(whole, place, data.draw(anything))
    neighbour = WRITTEN[platform](NEIGHBOUR)
    staged = read_orders([text_file(tmp_path, json.dumps([neighbour, document], indent=1), "orders.json")])
    lines = staged.lines.filter(line=1)
    assert lines.select(c.ORDER_ID, c.PRODUCT_ID, c.QUANTITY).rows() == [("2", "jam", 1.0)]
    assert staged.read >= 2
    assert clean(staged).accounting.read == staged.read


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_member_of_a_bulk_result_may_hold_anything(tmp_path: Path, data: st.DataObject) -> None:
    rows = [json.loads(row) for row in Path(shopify_bulk([ORDER], tmp_path)).read_text().splitlines()]
    at = data.draw(st.sampled_from(range(len(rows))))
    rows[at] = changed(rows[at], data.draw(st.sampled_from(places(rows[at]))), data.draw(anything))
    neighbour = Path(shopify_bulk([NEIGHBOUR], tmp_path)).read_text()
    content = neighbour + "".join(json.dumps(row) + "\n" for row in rows)
    staged = read_orders([text_file(tmp_path, content, "bulk.jsonl")])
    assert "jam" in staged.lines[c.PRODUCT_ID].to_list()
    assert clean(staged).accounting.read == staged.read >= 2
