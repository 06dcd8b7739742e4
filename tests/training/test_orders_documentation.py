"""docs/orders.md and docs/catalog.md say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.builders import order_file, text_file
from tests.needs import REPOSITORY
from training import columns as c
from training.catalog import read_catalog
from training.cleaning import clean
from training.connectors.catalog_rows import NAMES
from training.reading import FORMATS, read_orders

ORDERS = (REPOSITORY / "docs" / "orders.md").read_text(encoding="utf-8")
CATALOG = (REPOSITORY / "docs" / "catalog.md").read_text(encoding="utf-8")


def first_block(page: str) -> str:
    return page.split("```\n")[1]


def test_the_example_of_orders_ends_as_told(tmp_path: Path) -> None:
    result = clean(read_orders([text_file(tmp_path, first_block(ORDERS), "orders.csv")]))
    assert (result.accounting.read, result.accounting.kept, result.accounting.merged) == (4, 3, 1)
    tea = result.lines.filter(customer_id="ann", product_id="tea-green")
    assert tea[c.QUANTITY].to_list() == [1.0]


TIMES = ORDERS.partition("### Times")[2].partition("## Files")[0]


EXAMPLES = re.findall("`(.*?)`", TIMES.partition("Zones may")[0])


@pytest.mark.parametrize("time", [example for example in EXAMPLES if "2026" in example or example.isdigit()])
def test_every_style_of_times_is_read(tmp_path: Path, time: str) -> None:
    staged = read_orders([order_file(tmp_path, f'1,ann,tea,1,2.5,"{time}"')])
    assert staged.quarantine.counts() == {}
    assert staged.lines[c.ORDERED_AT].dt.year().to_list() == [2026]


def test_the_example_of_a_catalogue_is_read(tmp_path: Path) -> None:
    found = read_catalog([text_file(tmp_path, first_block(CATALOG), "catalog.csv")])
    assert found.rows.select(c.PRODUCT_ID, c.IN_STOCK).rows() == [("tea-green", True), ("honey", False)]


@pytest.mark.parametrize("name", [*c.ORDER_REQUIRED, *c.ORDER_OPTIONAL, *FORMATS])
def test_every_column_and_format_of_orders_is_documented(name: str) -> None:
    assert f"| `{name}` |" in ORDERS


@pytest.mark.parametrize("name", NAMES)
def test_every_column_of_the_catalogue_is_documented(name: str) -> None:
    assert f"| `{name}` |" in CATALOG
    assert all(f"`{other}`" in CATALOG for other in NAMES[name])
