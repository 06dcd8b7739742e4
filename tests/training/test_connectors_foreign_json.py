"""JSON without orders: pages that are empty, what an API says in their place, and other objects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import order_file, text_file
from training.connectors.foreign_json import error_message
from training.errors import InputRefused
from training.reading import ReadingOptions, read_orders

TEA = "1,ann,tea,1,2.5,2026-01-05"
EMPTY_PAGES: list[Any] = [{"orders": []}, [], {"items": [], "search_criteria": {}, "total_count": 0}]


@pytest.mark.parametrize("page", EMPTY_PAGES, ids=["shopify", "woocommerce", "magento"])
@pytest.mark.parametrize("indent", [None, 1], ids=["on a line", "over lines"])
def test_an_empty_page_adds_nothing(tmp_path: Path, page: Any, indent: int | None) -> None:
    last = text_file(tmp_path, json.dumps(page, indent=indent), "last.json")
    staged = read_orders([order_file(tmp_path, TEA), last])
    assert (staged.read, len(staged.files)) == (1, 2)
    with pytest.raises(InputRefused, match=r"last\.json: no order lines"):
        read_orders([last])
    with pytest.raises(InputRefused, match=r"last\.json: no order lines"):
        read_orders([last], ReadingOptions(format="shopify"))


@pytest.mark.parametrize(
    "answer, told",
    [
        ({"errors": "Not Found"}, "Not Found"),
        ({"errors": {"order": ["Required"]}}, '{"order": ["Required"]}'),
        ({"code": "rest_no_route", "message": "No route", "data": {"status": 404}}, "No route"),
        ({"message": "The consumer isn't authorized", "parameters": {}}, "The consumer isn't authorized"),
    ],
    ids=["shopify", "shopify, by field", "woocommerce", "magento"],
)
@pytest.mark.parametrize("format", ["auto", "shopify"])
def test_an_error_message_is_told(tmp_path: Path, answer: dict[str, Any], told: str, format: str) -> None:
    assert error_message(answer) == told
    page = text_file(tmp_path, json.dumps(answer), "page.json")
    with pytest.raises(InputRefused) as refusal:
        read_orders([page], ReadingOptions(format=format))
    assert f"{page}: holds an error message of the API, not orders: {told}; ask" in str(refusal.value)
    assert refusal.value.exit_code == 3


@pytest.mark.parametrize(
    "document",
    [
        {"id": 7, "status": "new", "date": "2026-01-05", "lines": []},
        {"data": {"orders": {"nodes": []}}},
        {"Order #": 1, "Date": "2026-01-05", "Status": "completed"},
    ],
)
def test_objects_of_something_else_are_told_by_their_members(
    tmp_path: Path, document: dict[str, Any]
) -> None:
    file = text_file(tmp_path, json.dumps([document]), "orders.json")
    with pytest.raises(InputRefused) as refusal:
        read_orders([file])
    assert f"its objects have {', '.join(document)}; expected are orders as" in str(refusal.value)
    assert "Product(s)" not in str(refusal.value)
    assert refusal.value.exit_code == 3


def test_of_our_own_columns_the_missing_ones_are_told(tmp_path: Path) -> None:
    row = {"order_id": 1, "Product ID": "tea", "date": "2026-01-05", "status": "completed", "message": "x"}
    file = text_file(tmp_path, json.dumps(row), "orders.json")
    with pytest.raises(
        InputRefused, match="has no column customer_id, quantity, unit_price, ordered_at; found"
    ):
        read_orders([file])


def test_a_long_message_is_cut(tmp_path: Path) -> None:
    file = text_file(tmp_path, json.dumps({"errors": "no\n" * 1_000}), "page.json")
    with pytest.raises(InputRefused) as refusal:
        read_orders([file])
    assert "no no no" in str(refusal.value)
    assert len(str(refusal.value)) < 500
