"""The page: complete in itself, escaped, the same for the same figures, readable in a browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.needs import needs_chromium, program
from tests.training.doctor.test_page import EVIL, Reader, Scheme
from tests.training.evaluation.windows import DAY, three_models
from training.evaluation.page import Subject, render
from training.evaluation.plots import draw_all, quality_bars, quality_over_time, segment_bars
from training.evaluation.rolling import RollingEvaluation, pooled

SUBJECT = Subject(["orders.csv"], {"orders": 1234})


@pytest.fixture(scope="module")
def found() -> RollingEvaluation:
    return pooled([three_models(), three_models(cut=30 * DAY)])


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("matplotlib")


@pytest.fixture(scope="module")
def html(found: RollingEvaluation, cache: Path) -> str:
    return render(found, replace(SUBJECT, sources=[EVIL]), list(draw_all(found, cache)))


def test_it_says_in_plain_words_how_well_the_lists_do(html: str):
    text = Reader(html).text
    assert "Of 100 customers, 50 find at least one product that they really buy next among ten" in text
    assert "blend ranks better than most_bought" in text
    assert "1,234" in text


def test_every_model_stands_in_every_table(found: RollingEvaluation, html: str):
    text = Reader(html).text
    for view, heading in (
        ("all", "All purchases"),
        ("again", "bought again"),
        ("new", "new to the customer"),
    ):
        assert heading in text
        for model in found.metrics:
            assert f"{found.metrics[model][view]['map@10']:.3f}" in text
    assert "Words" in text


def test_names_of_files_stay_text(html: str):
    read = Reader(html)
    assert not {"script", "img", "iframe", "object", "link"} & set(read.tags)
    assert read.handlers == []
    assert read.text.count(EVIL) == 1


def test_nothing_is_fetched(html: str):
    assert Reader(html).fetched == []
    assert "url(http" not in html
    assert "@import" not in html


def test_every_picture_says_what_it_shows(html: str):
    read = Reader(html)
    assert read.tags.count("svg") == len(read.labels) == 6
    assert all(len(label) > 30 for label in read.labels)
    assert len(read.ids) == len(set(read.ids)) > 0


def test_the_same_figures_give_the_same_page(found: RollingEvaluation, cache: Path):
    assert render(found, SUBJECT, list(draw_all(found, cache))) == render(
        found, SUBJECT, list(draw_all(found, cache))
    )


def test_colours_are_the_pages(found: RollingEvaluation, cache: Path):
    for plot in draw_all(found, cache):
        assert "var(--bar)" in plot.svg
        assert "#010101" not in plot.svg
        assert "<text" not in plot.svg


def test_pictures_say_their_figures(found: RollingEvaluation):
    assert "blend ranks best with 0.5" in quality_bars(found, "all").alt
    assert "one order before: blend 0.501, " in segment_bars(found).alt
    assert quality_over_time(found).alt.count("0.5") >= 2


def test_one_window_needs_no_line_through_it(cache: Path):
    titles = [plot.title for plot in draw_all(pooled([three_models()]), cache)]
    assert "Window by window" not in titles
    assert len(titles) == 5


def test_few_customers_make_no_bar(cache: Path):
    # 25 customers, of which 9, 8 and 8 are new, light and heavy
    few = segment_bars(pooled([three_models(n=35)]))
    assert "few orders" in few.alt
    assert "orders" not in segment_bars(pooled([three_models(n=12)])).alt


def test_what_diversity_costs_stands_where_it_was_measured(found: RollingEvaluation):
    rows = [{"setting": "mmr 0.8", "ndcg@10": 0.321, "coverage@10": 0.456}]
    text = Reader(render(found, replace(SUBJECT, diversity=rows), ())).text
    assert "What diversity costs" in text
    assert "0.321" in text
    assert "What diversity costs" not in Reader(render(found, SUBJECT, ())).text


def test_without_figures_it_says_why():
    read = Reader(render(pooled([]), SUBJECT, ()))
    assert "too short to measure anything" in read.text
    assert "svg" not in read.tags


@needs_chromium
@pytest.mark.parametrize("width", [360, 1100])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_browser(html: str, tmp_path: Path, width: int, scheme: Scheme):
    page_file = tmp_path / "report.html"
    page_file.write_text(html, encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        errors: list[str] = []
        page.on("console", lambda message: errors.append(message.text))
        page.goto(page_file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        bars = page.locator("svg").first.bounding_box()
        assert bars is not None
        assert bars["width"] > 250
        assert errors == []
        browser.close()
