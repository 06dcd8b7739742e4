"""The demonstration shop: what the converter writes is what training reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from examples.complete_journey import convert, readable
from training import columns as c
from training.catalog import Catalog, read_catalog
from training.cleaning import Accounting, CleanOrders, clean
from training.reading import read_orders


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return convert(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def orders(files: tuple[Path, Path]) -> CleanOrders:
    return clean(read_orders([str(files[0])]))


@pytest.fixture(scope="module")
def catalog(files: tuple[Path, Path]) -> Catalog:
    return read_catalog([str(files[1])])


def test_every_line_is_accounted_for(orders: CleanOrders) -> None:
    assert orders.accounting == Accounting(
        read=1_469_307, kept=1_460_438, merged=0, ignored={"zero_quantity": 8_869}, quarantined={}
    )


def test_fuel_is_bought_once_a_visit(orders: CleanOrders, catalog: Catalog) -> None:
    gasoline = catalog.rows.filter(pl.col(c.TITLE).str.starts_with("Gasoline"))[c.PRODUCT_ID]
    fuel = orders.lines.filter(pl.col(c.PRODUCT_ID).is_in(gasoline.implode()))
    assert fuel.height > 14_000
    assert fuel[c.QUANTITY].unique().to_list() == [1.0]
    assert 10 < float(np.median(fuel[c.UNIT_PRICE])) < 60


def test_a_price_is_that_of_one_unit(orders: CleanOrders) -> None:
    two = orders.lines.filter((pl.col(c.ORDER_ID) == "31198705046") & (pl.col(c.PRODUCT_ID) == "1053875"))
    assert two.select(c.QUANTITY, c.UNIT_PRICE).rows() == [(2.0, 1.39)]


def test_nearly_every_product_sold_is_described(orders: CleanOrders, catalog: Catalog) -> None:
    assert len(catalog.quarantine) == 0
    sold = orders.lines.select(c.PRODUCT_ID).unique()
    assert sold.join(catalog.rows, on=c.PRODUCT_ID, how="anti").height < 20
    bananas = catalog.rows.filter(pl.col(c.PRODUCT_ID) == "1082185").row(0, named=True)
    assert bananas[c.TITLE] == "Bananas, National brand, 40 lb"
    assert bananas[c.CATEGORY] == "Produce > Tropical Fruit"
    assert bananas[c.IMAGE_URL] == "/demo/placeholder/1082185.svg"


@pytest.mark.parametrize(
    "shouted, name",
    [
        ("FROZEN PIZZA", "Frozen Pizza"),
        ("FRZN SS PREMIUM ENTREES/DNRS/N", "Frozen Single-Serve Premium Entrees/Dinners"),
        ("CANDY BARS (SINGLES)(INCLUDING", "Candy Bars (Singles)"),
        ("SW GDS:DONUTS", "Sweet Goods: Donuts"),
        ("POTATOES RUSSET (BULK&BAG)", "Potatoes Russet (Bulk & Bag)"),
        ("DAIRY CASE 100% PURE JUICE - O", "Dairy Case 100% Pure Juice"),
        ("IN-STORE PHOTOFINISHING", "In-Store Photofinishing"),
        ("BBQ SAUCE", "BBQ Sauce"),
        ("MEAT-PCKGD", "Packaged Meat"),
    ],
)
def test_names_that_a_shopper_can_read(shouted: str, name: str) -> None:
    assert readable(shouted) == name
