"""Whether orders and catalogue speak of the same products."""

from __future__ import annotations

from pathlib import Path

from tests.builders import interactions, line
from tests.training.catalogs import read
from training.catalog import read_catalog
from training.catalog_coverage import catalog_coverage

ORDERS = interactions(
    line("1", product="tea"), line("2", product="tea"), line("3", product="mug"), line("4", product="jam")
)


def test_products_that_one_side_lacks(tmp_path: Path) -> None:
    found = catalog_coverage(read(tmp_path, "id,in_stock\nmug,yes\noil,no\nsalt,\nbad,maybe\n"), ORDERS)
    assert (found.products, found.out_of_stock, found.sold) == (3, 1, 3)
    assert (found.sold_not_listed, found.sold_not_listed_examples) == (2, ("tea", "jam"))
    assert found.sold_not_listed_share == 0.75
    assert (found.listed_not_sold, found.listed_not_sold_examples) == (2, ("oil", "salt"))
    assert (found.read, found.merged, found.ignored, found.quarantined) == (4, 0, {}, 1)
    assert not found.shares_nothing


def test_ids_of_another_kind(tmp_path: Path) -> None:
    found = catalog_coverage(read(tmp_path, "id\n1\n2\n"), ORDERS)
    assert found.shares_nothing
    assert found.sold_not_listed_share == 1.0


def test_examples_are_few_and_the_most_purchased(tmp_path: Path) -> None:
    lines = [
        line(f"{product}-{order}", product=product) for product in "abcdefg" for order in range(ord(product))
    ]
    found = catalog_coverage(read(tmp_path, "id\nx\n"), interactions(*lines))
    assert found.sold_not_listed == 7
    assert found.sold_not_listed_examples == ("g", "f", "e", "d", "c")


def test_without_a_catalogue_nothing_is_listed() -> None:
    found = catalog_coverage(read_catalog([]), ORDERS)
    assert (found.products, found.sold_not_listed, found.shares_nothing) == (0, 3, False)
