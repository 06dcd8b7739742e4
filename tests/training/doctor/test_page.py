"""The page: complete in itself, escaped, the same for the same orders, readable in a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.builders import line
from tests.needs import needs_chromium
from tests.training.doctor.histories import Line, day, healthy, history
from training.configuration import TrainingConfig
from training.doctor.examination import examine
from training.doctor.page import Subject, render
from training.doctor.plots import draw_all

Scheme = Literal["light", "dark"]

EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>=cmd|' /C calc'!A0{{7*7}}"

FETCHING = {"src", "href", "action", "srcset", "data", "poster", "xlink:href", "background"}
"""Attributes that make a browser fetch or go somewhere."""


def evil_history() -> list[Line]:
    """Names that want to be markup, wherever the page shows names: a rename, a bot, ids that look alike."""
    renamed = [
        *(line(f"a{n}", "c01", f"1{EVIL}", at=day(4 * n), title=EVIL) for n in range(10)),
        *(line(f"b{n}", "c01", f"2{EVIL}", at=day(44 + 4 * n), title=EVIL) for n in range(10)),
    ]
    bot = [line(f"x{n}", EVIL, "p01", at=day(40 + n // 12, n % 12), currency=None) for n in range(36)]
    alike = [line("y", product=f"9{EVIL}".upper()), line("y", product=f"9{EVIL}".lower())]
    return [*healthy(), *renamed, *bot, *alike]


def page(lines: list[Line], folder: Path, source: str = "orders.csv") -> str:
    found = history(lines)
    plots = list(draw_all(found.interactions, found.table, found.clock, folder))
    subject = Subject([source], found.clock, {"orders": found.interactions.n_orders})
    return render(examine(found, TrainingConfig()), subject, plots)


class Reader(HTMLParser):
    """The page as a browser takes it apart: tags, ids, the attributes that fetch, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.fetched: list[str] = []
        self.handlers: list[str] = []
        self.labels: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in FETCHING and not (value or "").startswith("#"):
                self.fetched.append(f"{tag} {name}={value}")
            if name.startswith("on"):
                self.handlers.append(f"{tag} {name}")
            if tag == "svg" and name == "aria-label":
                self.labels.append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("matplotlib")


@pytest.fixture(scope="module")
def evil(cache: Path) -> str:
    return page(evil_history(), cache, source=EVIL)


def test_ids_and_titles_stay_text(evil: str):
    read = Reader(evil)
    assert not {"script", "img", "iframe", "object", "link"} & set(read.tags)
    assert read.handlers == []
    # The source's name, the rename, the bot, the pair that looks alike: all shown as they are.
    assert read.text.count(EVIL) >= 3
    assert "{{7*7}}" in read.text


def test_nothing_is_fetched(evil: str):
    assert Reader(evil).fetched == []
    assert "@import" not in evil
    assert "url(http" not in evil


def test_every_picture_says_what_it_shows(evil: str):
    read = Reader(evil)
    assert read.tags.count("svg") == len(read.labels) == 5
    assert all(len(label) > 30 for label in read.labels)


def test_no_two_elements_share_an_id(evil: str):
    ids = Reader(evil).ids
    assert len(ids) == len(set(ids)) > 0


def test_the_same_orders_give_the_same_page(cache: Path):
    assert page(healthy(), cache) == page(healthy(), cache)


def test_letters_are_drawn_and_colours_are_the_pages(cache: Path):
    found = history(healthy())
    for plot in draw_all(found.interactions, found.table, found.clock, cache):
        assert "<text" not in plot.svg
        assert "var(--bar)" in plot.svg
        assert "#0" not in plot.svg.replace('href="#', "")


def test_a_shop_of_guests_has_no_pictures_of_customers(cache: Path):
    found = history([row | {"customer_id": None} for row in healthy()])
    titles = [plot.title for plot in draw_all(found.interactions, found.table, found.clock, cache)]
    assert titles == ["Orders a week", "Basket sizes", "How sales spread over products"]


def test_one_order_is_enough_for_all_pictures(cache: Path):
    found = history([line()])
    assert len(list(draw_all(found.interactions, found.table, found.clock, cache))) == 5


def test_the_pictures_tell_the_numbers(cache: Path):
    found = history(healthy())
    alt = {plot.title: plot.alt for plot in draw_all(found.interactions, found.table, found.clock, cache)}
    assert alt["Orders a week"] == (
        "15 weeks from 2026-01-05 on, usually 21 orders, 21 in the best. 0 weeks without any."
    )
    twenty_first_orders = "93.3\N{NO-BREAK SPACE}% are of customers who had bought before, 6.7"
    assert twenty_first_orders in alt["New and returning customers"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # In containers, where tests run as root, Chromium's own sandbox cannot start.
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_in_a_browser(browser: Browser, evil: str, tmp_path: Path, scheme: Scheme, width: int):
    file = tmp_path / "doctor.html"
    file.write_text(evil, encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    tab = context.new_page()
    faults: list[str] = []
    tab.on("console", lambda message: faults.append(message.text))
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("dialog", lambda dialog: faults.append(dialog.message))
    tab.on("request", lambda request: faults.extend([request.url] * (request.url != file.as_uri())))
    tab.goto(file.as_uri())
    assert faults == []
    # Nothing sticks out at the side, and every picture has a size.
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    boxes = [picture.bounding_box() for picture in tab.locator("svg").all()]
    assert all(box["width"] > 250 and box["height"] > 120 for box in boxes)
    context.close()
