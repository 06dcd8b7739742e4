"""What the doctor says of products: renamed, alike, unlisted, out of stock."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.builders import line
from tests.training.doctor.histories import Line, day, diagnosis, healthy
from training.doctor.findings import Severity


def sales(product: str, days: range, title: str = "Teapot, blue", price: float = 20.0) -> list[Line]:
    """An order of the product on each of the days, by customers in turn."""
    return [
        line(f"{product}-{n}", f"c{n % 20:02}", product, price=price, at=day(n), title=title) for n in days
    ]


def renames(*lines: Line) -> tuple[str, ...]:
    return diagnosis([*healthy(), *lines]).finding("renamed_products").examples


def test_a_product_that_goes_on_under_another_id_is_told():
    lines = [*sales("pot-1", range(0, 40, 4)), *sales("pot-2", range(44, 100, 4))]
    found = diagnosis([*healthy(), *lines]).finding("renamed_products")
    assert (found.severity, found.figures["products"]) == (Severity.WARNING, 1)
    assert found.examples == ("pot-1 until 2026-02-10 → pot-2 from 2026-02-18 (Teapot, blue)",)


def test_case_and_spaces_of_the_title_do_not_matter():
    lines = [*sales("pot-1", range(0, 40, 4)), *sales("pot-2", range(44, 100, 4), title="TEAPOT,  Blue ")]
    assert len(renames(*lines)) == 1


def test_the_catalogue_tells_the_titles_that_orders_do_not(tmp_path: Path):
    lines = [*sales("pot-1", range(0, 40, 4)), *sales("pot-2", range(44, 100, 4))]
    untitled = [row | {"title": None} for row in [*healthy(), *lines]]
    listed = "product_id,title\npot-1,Teapot\npot-2,Teapot\n"
    assert len(diagnosis(untitled, listed, tmp_path).finding("renamed_products").examples) == 1
    assert diagnosis(untitled).finding("renamed_products").examples == ()


def test_variants_sold_side_by_side_are_no_rename():
    assert renames(*sales("red", range(0, 60, 4)), *sales("blue", range(2, 100, 4))) == ()


def test_two_sales_after_two_others_may_be_chance():
    assert renames(*sales("pot-1", range(0, 8, 4)), *sales("pot-2", range(10, 18, 4))) == ()


def test_among_many_variants_none_is_renamed_by_chance():
    rng = np.random.default_rng(8)
    rows, one_after_the_other = [], 0
    for title in range(300):
        red, blue = np.split(rng.permutation(100)[:12], 2)
        one_after_the_other += max(red) < min(blue) or max(blue) < min(red)
        rows += [
            line(f"{title}{variant}{n}", "c01", f"{title}{variant}", at=day(int(n)), title=f"Shirt {title}")
            for variant, days in (("red", red), ("blue", blue))
            for n in days
        ]
    assert one_after_the_other == 2
    assert renames(*rows) == ()


def test_a_long_pause_makes_another_product():
    assert renames(*sales("pot-1", range(12)), *sales("pot-2", range(80, 100))) == ()


def test_another_price_makes_another_product():
    dear = sales("pot-2", range(44, 100, 4), price=60)
    assert renames(*sales("pot-1", range(0, 40, 4)), *dear) == ()


def test_a_title_of_many_ids_says_nothing():
    gifts = [
        row for at in range(4) for row in sales(f"gift-{at}", range(25 * at, 25 * at + 25), title="Gift")
    ]
    assert renames(*gifts) == ()


def test_ids_without_titles_are_never_renamed():
    lines = [*sales("pot-1", range(0, 40, 4)), *sales("pot-2", range(44, 100, 4))]
    assert diagnosis(row | {"title": None} for row in lines).finding("renamed_products").examples == ()


@pytest.mark.parametrize("twin", ["P07", " p07", "p07 ", "00p07"])
def test_ids_that_look_alike(twin: str):
    found = diagnosis([*healthy(), line("x", "c01", twin, at=day(50))]).finding("lookalike_ids")
    assert found.severity is Severity.NOTE
    (group,) = found.examples
    assert repr(twin) in group
    assert "'p07'" in group


def test_composed_and_decomposed_accents_look_alike():
    lines = [line("1", product="caf\u00e9"), line("2", product="cafe\u0301")]
    assert len(diagnosis(lines).finding("lookalike_ids").examples) == 1


def test_different_ids_do_not_look_alike():
    assert diagnosis(healthy()).finding("lookalike_ids").severity is Severity.OK


def test_a_bag_in_every_order_is_noted():
    orders = {row["order_id"]: row for row in healthy()}
    bags = [row | {"product_id": "bag", "title": "Carrier bag"} for row in orders.values()]
    found = diagnosis([*healthy(), *bags]).finding("dominant_product")
    assert (found.severity, found.figures) == (Severity.NOTE, {"product_id": "bag", "share": 1.0})
    assert "Carrier bag" in found.seen


def catalogue(*rows: str) -> str:
    listed = [f"p{n:02},Product {n},yes," for n in range(30)]
    return "\n".join(["product_id,title,in_stock,available_from", *listed, *rows, ""])


def test_orders_and_catalogue_of_the_same_products(tmp_path: Path):
    found = diagnosis(healthy(), catalogue(), tmp_path)
    asked = {"sold_not_listed", "listed_not_sold", "in_stock", "sold_before_available"}
    asked |= {"catalog_quarantine", "catalog_empty"}
    assert {found.finding(code).severity for code in asked} == {Severity.OK}


def test_without_a_catalogue_nobody_asks_about_it():
    codes = {found.code for found in diagnosis(healthy()).findings}
    of_catalog = {"sold_not_listed", "listed_not_sold", "in_stock", "catalog_quarantine", "catalog_empty"}
    assert not codes & of_catalog


def test_a_catalogue_without_a_product_would_be_refused(tmp_path: Path):
    found = diagnosis(healthy(), "product_id,title\n", tmp_path)
    assert found.finding("catalog_empty").severity is Severity.REFUSAL
    assert "no product, it has no rows" in found.finding("catalog_empty").seen
    # All other questions are answered too.
    assert found.finding("guests").severity is Severity.OK


def test_products_sold_but_not_in_the_catalogue(tmp_path: Path):
    gone = [line(f"g{n}", "c01", "gone", at=day(n)) for n in range(3)]
    found = diagnosis([*healthy(), *gone], catalogue(), tmp_path).finding("sold_not_listed")
    assert found.severity is Severity.NOTE
    assert found.figures == {"products": 1, "share_lines": round(3 / 603, 6)}
    assert found.examples == ("gone",)


def test_a_catalogue_with_other_ids_is_a_warning(tmp_path: Path):
    found = diagnosis(healthy(), "product_id,title\n4711,Tea\n4712,Honey\n", tmp_path)
    assert found.finding("sold_not_listed").severity is Severity.WARNING
    assert "--product-key" in found.finding("sold_not_listed").advice
    assert found.finding("listed_not_sold").severity is Severity.NOTE
    assert found.finding("listed_not_sold").examples == ("4711", "4712")


def test_a_catalogue_with_nothing_in_stock_is_a_warning(tmp_path: Path):
    found = diagnosis(healthy(), catalogue().replace(",yes,", ",no,"), tmp_path)
    assert found.finding("in_stock").severity is Severity.WARNING
    assert found.finding("new_arrivals").severity is Severity.WARNING


def test_products_sold_before_they_were_available(tmp_path: Path):
    early = diagnosis(healthy(), catalogue("p00,Product 0,yes,2026-03-01"), tmp_path)
    assert early.finding("sold_before_available").severity is Severity.NOTE
    assert early.finding("sold_before_available").figures == {"products": 1, "hidden": 0}


def test_products_that_sell_but_are_not_available_yet_are_a_warning(tmp_path: Path):
    hidden = diagnosis(healthy(), catalogue("p00,Product 0,yes,2027-03-01"), tmp_path)
    assert hidden.finding("sold_before_available").severity is Severity.WARNING
    assert hidden.finding("sold_before_available").examples == ("p00",)


def test_a_catalogue_that_a_run_would_refuse(tmp_path: Path):
    found = diagnosis(healthy(), "product_id,title,price\np00,Tea,nine\np01,Mug,8\n", tmp_path)
    assert found.refused
    assert (
        "1 row of 2 of the catalogue could not be read: bad_price 1"
        in found.finding("catalog_quarantine").seen
    )
