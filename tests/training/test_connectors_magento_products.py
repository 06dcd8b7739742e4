"""Products of Magento, after Adobe's "Product data attributes reference"."""

from __future__ import annotations

import csv
import html
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.needs import SHARED, needs_shared
from tests.training.catalogs import read, told
from training import columns as c
from training.catalog import read_catalog
from training.connectors.platform_lines import IdKeys, ProductKey
from training.errors import UsageError

NOON_OF_MAY_3 = 1_777_809_600

EXPORT = """\
sku,store_view_code,product_type,categories,name,product_online,visibility,price,url_key,base_image,\
created_at,additional_attributes,qty,is_in_stock,configurable_variations
H-S,,simple,"Default Category/Men/Tops,Default Category",Hoodie-S-Red,1,Not Visible Individually,52,\
hoodie-s-red,/m/h/s.jpg,"1/31/26, 1:05 PM","has_options=0,size=S,color=Red",10,1,
H-M,,simple,Default Category/Men/Tops,Hoodie-M-Red,1,Not Visible Individually,50,hoodie-m-red,\
no_selection,,,0,0,
H,,configurable,"Default Category/Men,Default Category/Men/Tops/Hoodies &amp; Sweatshirts,Default Category",\
Hoodie,1,"Catalog, Search",,hoodie,m/h/main.jpg,,"climate=All-weather|Cool,manufacturer=Mara, Ltd,new=No",0,\
1,"sku=H-S,size=S,color=Red|sku=H-M,size=M,color=Red"
BAG,,simple,Default Category/Gear/Bags,Bag,1,"Catalog, Search",34,bag,,,,100,1,
BAG,german,,,Tasche,,,,,,,,,,
SET,,grouped,Default Category/Gear,Set,1,"Catalog, Search",,set,,,,0,1,
"""


def simple(**cells: str) -> str:
    """An export of one product."""
    row = {"sku": "T", "product_type": "simple", "name": "Tea", "visibility": "Catalog", "price": "4"} | cells
    return ",".join(row) + "\n" + ",".join(f'"{cell}"' for cell in row.values()) + "\n"


def test_variants_have_what_only_their_configurable_product_tells(tmp_path: Path) -> None:
    found = read(tmp_path, EXPORT)
    assert told(found, c.TITLE, c.PRICE, c.IN_STOCK, c.CATEGORY, c.BRAND) == {
        "H-S": ("Hoodie – S / Red", 52.0, True, "Men > Tops", "Mara, Ltd"),
        "H-M": ("Hoodie – M / Red", 50.0, False, "Men > Tops", "Mara, Ltd"),
        "BAG": ("Bag", 34.0, True, "Gear > Bags", None),
    }
    assert told(found, c.URL, c.IMAGE_URL) == {
        "H-S": ("/hoodie.html", "/media/catalog/product/m/h/s.jpg"),
        "H-M": ("/hoodie.html", "/media/catalog/product/m/h/main.jpg"),
        "BAG": ("/bag.html", None),
    }
    assert (found.read, found.merged, found.ignored) == (6, 1, {"store_view": 1, "grouped": 1})


def test_variants_together(tmp_path: Path) -> None:
    found = read(tmp_path, EXPORT, "product")
    assert told(found, c.TITLE, c.PRICE, c.IN_STOCK, c.CATEGORY) == {
        "H": ("Hoodie", 50.0, True, "Men > Tops > Hoodies & Sweatshirts"),
        "BAG": ("Bag", 34.0, True, "Gear > Bags"),
    }


OPTIONS = st.text("aé ,.-/&", min_size=1, max_size=6).filter(
    lambda text: text == " ".join(text.split(" ")).strip()
)


@given(size=OPTIONS, colour=OPTIONS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_options_may_hold_commas(tmp_path: Path, size: str, colour: str) -> None:
    rows = [
        ["sku", "product_type", "name", "visibility", "configurable_variations"],
        ["H-S", "simple", "Hoodie-S", "Not Visible Individually", ""],
        ["H", "configurable", "Hoodie", "Catalog", f"sku=H-0,size=x|sku=H-S,size={size},colour={colour}"],
    ]
    export = io.StringIO()
    csv.writer(export).writerows(rows)
    title = f"Hoodie – {size} / {colour}"
    assert told(read(tmp_path, export.getvalue()), c.TITLE) == {"H-S": " ".join(html.unescape(title).split())}


def test_the_export_has_no_ids_of_variants(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="products: this export of magento holds no ids of variants"):
        read(tmp_path, EXPORT, "variant")


@pytest.mark.parametrize(
    "cells, in_stock",
    [
        ({"is_in_stock": "1"}, True),
        ({"is_in_stock": "0"}, False),
        ({"is_in_stock": "0", "allow_backorders": "1", "use_config_backorders": "0"}, True),
        ({"is_in_stock": "0", "allow_backorders": "1", "use_config_backorders": "1"}, False),
        ({"is_in_stock": "0", "manage_stock": "0", "use_config_manage_stock": "0"}, True),
        ({"is_in_stock": "1", "product_online": "2"}, False),
        ({"is_in_stock": "1", "visibility": "Not Visible Individually"}, False),
    ],
)
def test_what_can_be_ordered(tmp_path: Path, cells: dict[str, str], in_stock: bool) -> None:
    assert told(read(tmp_path, simple(**cells)), c.IN_STOCK) == {"T": in_stock}


@pytest.mark.parametrize(
    "starts, ends, price",
    [("", "", 3.0), ("5/3/26", "5/3/26", 3.0), ("5/4/26", "", 4.0), ("", "2026-05-02 00:00:00", 4.0)],
)
def test_a_special_price_has_its_time(tmp_path: Path, starts: str, ends: str, price: float) -> None:
    export = simple(special_price="3", special_price_from_date=starts, special_price_to_date=ends)
    assert told(read(tmp_path, export, now=NOON_OF_MAY_3), c.PRICE) == {"T": price}


@pytest.mark.parametrize(
    "date, time",
    [
        ("2026-01-31 13:05:00", "2026-01-31 13:05"),
        ("1/31/26, 1:05 PM", "2026-01-31 13:05"),
        ("1/31/2026, 12:05 AM", "2026-01-31 00:05"),
        ("31.01.26, 13:05", "2026-01-31 13:05"),
        ("1/31/26", "2026-01-31 00:00"),
    ],
)
def test_dates_as_the_users_country_writes_them(tmp_path: Path, date: str, time: str) -> None:
    found = read(tmp_path, simple(created_at=date))
    assert found.rows[c.AVAILABLE_FROM].dt.strftime("%Y-%m-%d %H:%M").to_list() == [time]


def test_a_product_is_new_from_the_date_that_the_shop_has_set(tmp_path: Path) -> None:
    found = read(tmp_path, simple(created_at="2020-01-01", new_from_date="2026-03-01"))
    assert found.rows[c.AVAILABLE_FROM].dt.year().to_list() == [2026]


def test_a_date_of_no_known_style_is_told(tmp_path: Path) -> None:
    assert read(tmp_path, simple(created_at="31/31/26")).quarantine.counts() == {"bad_available_from": 1}


@needs_shared
@pytest.mark.parametrize("key, products", [("sku", 1847), ("product", 147)])
def test_public_sample(key: ProductKey, products: int) -> None:
    sample = SHARED / "data/platforms/magento/ConfigurableSampleData__products.csv"
    found = read_catalog([str(sample)], keys=IdKeys(key))
    assert (found.read, found.rows.height, len(found.quarantine)) == (1994, products, 0)
    assert found.rows.select(c.TITLE, c.PRICE, c.CATEGORY, c.IMAGE_URL).null_count().row(0) == (0, 0, 0, 0)


@needs_shared
def test_public_sample_of_simple_products() -> None:
    sample = SHARED / "data/platforms/magento/CatalogSampleData__SimpleProduct_products_gear_bags.csv"
    found = read_catalog([str(sample)])
    assert (found.read, found.rows.height, len(found.quarantine)) == (14, 14, 0)
    bag = told(found, c.TITLE, c.PRICE, c.CATEGORY, c.IN_STOCK)["24-WB05"]
    assert bag == ("Savvy Shoulder Tote", 24.0, "Gear", True)
