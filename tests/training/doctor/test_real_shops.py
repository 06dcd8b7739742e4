"""The doctor on real histories, whose faults are known."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from examples.complete_journey import convert
from tests.needs import SHARED, needs_shared
from training.catalog import read_catalog
from training.cleaning import clean
from training.configuration import TrainingConfig
from training.doctor.examination import examine, examine_briefly
from training.doctor.findings import Diagnosis, Severity
from training.doctor.history import History
from training.interactions import Interactions
from training.reading import read_orders


def examined(orders: Path, catalog: list[str]) -> tuple[History, Diagnosis]:
    staged = read_orders([str(orders)])
    cleaned = clean(staged)
    interactions = Interactions.from_lines(cleaned.lines, None, cleaned.customers)
    listed = read_catalog(catalog)
    products = listed.for_products(interactions.products, cleaned.lines)
    history = History(staged, cleaned, interactions, listed, products, int(time.time()))
    return history, examine(history, TrainingConfig())


@pytest.fixture(scope="module")
def online_retail() -> tuple[History, Diagnosis]:
    return examined(SHARED / "data" / "online-retail" / "orders.parquet", [])


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> tuple[History, Diagnosis]:
    orders, catalog = convert(tmp_path_factory.mktemp("demo"))
    return examined(orders, [str(catalog)])


@needs_shared
class TestOnlineRetail:
    """A wholesaler of gifts, December 2010 to November 2011."""

    def test_nothing_is_worse_than_a_note(self, online_retail):
        assert online_retail[1].severity is Severity.NOTE

    def test_refunds_of_what_was_bought_before_the_first_day(self, online_retail):
        found = online_retail[1].finding("unmatched_return")
        assert found.severity is Severity.NOTE
        assert found.figures == {"returns": 7_668, "unmatched": 1_160, "share": 0.151278}

    def test_duplicates(self, online_retail):
        found = online_retail[1].finding("duplicates")
        assert (found.severity, found.figures["duplicates"]) == (Severity.OK, 3_943)

    def test_the_shop_was_closed_over_christmas(self, online_retail):
        found = online_retail[1].finding("gaps")
        assert found.examples == ("2010-12-24 to 2011-01-03: 11 days",)

    def test_a_quarter_of_the_lines_are_guests(self, online_retail):
        found = online_retail[1].finding("guests")
        assert found.figures == {"orders": 1_248, "share": 0.074507, "share_lines": 0.252304}

    def test_three_fifths_of_the_customers_came_back(self, online_retail):
        figures = online_retail[1].finding("repeat_rate").figures
        assert (figures["customers"], figures["returning"]) == (4_055, 2_491)

    def test_ids_in_two_spellings(self, online_retail):
        found = online_retail[1].finding("lookalike_ids")
        assert found.figures["groups"] == 104
        assert "'15056BL' and '15056bl'" in found.examples

    def test_the_quick_questions_have_the_same_answers(self, online_retail):
        history, thorough = online_retail
        brief = examine_briefly(history.interactions, history.orders.accounting, history.clock)
        assert all(found == thorough.finding(found.code) for found in brief.findings)


class TestDemonstrationShop:
    """A grocer with a loyalty card, the year 2017."""

    def test_its_renamed_products(self, demonstration):
        found = demonstration[1].finding("renamed_products")
        assert (found.severity, found.figures["products"]) == (Severity.WARNING, 13)
        longest_lived, *_ = found.examples
        assert longest_lived.startswith("961024 until 2017-07-03 → 15737492 from 2017-07-10 (Cleansing Wipes")

    def test_three_products_are_not_in_the_catalogue(self, demonstration):
        found = demonstration[1].finding("sold_not_listed")
        assert (found.severity, found.figures["products"]) == (Severity.NOTE, 3)

    def test_it_has_no_guests_gaps_or_returns(self, demonstration):
        codes = ("guests", "gaps", "unmatched_return", "duplicates", "future_dates", "currencies")
        assert {demonstration[1].finding(code).severity for code in codes} == {Severity.OK}

    def test_every_placement_works(self, demonstration):
        placements = ("for_you", "discover", "buy_it_again", "similar_items", "bought_together", "trending")
        assert {demonstration[1].finding(name).severity for name in placements} == {Severity.OK}
