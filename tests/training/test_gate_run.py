"""The gate's conditions on the whole run, against a real store."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.training.shop import PRODUCTS_A_TASTE, START, TASTES
from training import version_content
from training.ranking import CustomerRanking

POPULAR_ALONE = ["--set", "models.weight_popular=1000"]
"""Everybody gets the same ten products, of 120."""

GONE = "t0-00"


@pytest.fixture(scope="module")
def much_shown_nowhere(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop's orders, and those of guests with 80 products that no customer ever buys."""
    orders = pl.read_parquet(shop)
    last = orders.tail(80).with_columns(
        pl.format("guest-{}", pl.int_range(80)).alias("order_id"),
        pl.lit(None, pl.String).alias("customer_id"),
        pl.format("rare-{}", pl.int_range(80)).alias("product_id"),
        # Before the window that is held back.
        ordered_at=pl.lit(START + timedelta(days=90)),
    )
    path = tmp_path_factory.mktemp("rare") / "orders.parquet"
    pl.concat([orders, last]).write_parquet(path)
    return path


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """All products, one of them out of stock."""
    path = tmp_path / "products.csv"
    rows = [
        f"t{taste}-{at:02},Kind {taste},{f't{taste}-{at:02}' != GONE}".lower()
        for taste in range(TASTES)
        for at in range(PRODUCTS_A_TASTE)
    ]
    path.write_text("\n".join(["product_id,category,in_stock", *rows, ""]))
    return path


@pytest.fixture
def careless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Customers' lists are made as if everything could be ordered."""

    class Careless(CustomerRanking):
        def __init__(self, fitted, model, length, available, diversifier=None) -> None:
            super().__init__(fitted, model, length, np.ones_like(available), diversifier)

    monkeypatch.setattr(version_content, "CustomerRanking", Careless)


def told(outcome, part: str) -> str:
    """The one sentence of the gate that holds this."""
    (sentence,) = [sentence for sentence in outcome.summary["gate"]["why"] if part in sentence]
    return sentence


def test_what_passes_tells_the_figures_of_every_condition(training, shop):
    training("run", "--orders", shop)
    outcome = training("run", "--orders", shop, "--json", "--set", "models.weight_als=0.25")
    assert outcome.code == 0, outcome.errors
    assert outcome.summary["gate"]["passed"]
    assert "beats most_bought" in told(outcome, "most_bought")
    assert "beats popular" in told(outcome, "popular")
    assert told(outcome, "live configuration").startswith("not significantly worse")
    judged, published = (s for s in outcome.summary["gate"]["why"] if s.startswith("the top 10 of"))
    assert f"of {outcome.summary['judged_customers']} customers" in judged
    assert f"of {outcome.summary['customers']} customers" in published
    assert "can be ordered" in told(outcome, "all products")


def test_the_same_ten_for_everybody_are_refused(training, shop, reader):
    training("run", "--orders", shop)
    live = reader.live().version
    refused = training("run", "--orders", shop, "--json", *POPULAR_ALONE)
    assert refused.code == 4
    # 10 of 120.
    assert "show 8.3% of what they could" in refused.errors
    assert "evaluation.min_coverage asks for 10.0%" in refused.errors
    assert reader.live().version == live


def test_a_blend_that_beats_all_and_shows_too_little_is_refused(training, much_shown_nowhere, reader):
    training("run", "--orders", much_shown_nowhere)
    live = reader.live().version
    ask = ["--set", "evaluation.min_coverage=0.9"]
    refused = training("run", "--orders", much_shown_nowhere, "--json", *ask)
    assert refused.code == 4
    # What the message names is all that was wrong.
    assert "does not beat" not in refused.errors
    assert "evaluation.min_coverage asks for 90.0%" in refused.errors
    assert "beats most_bought" in told(refused, "most_bought")
    assert reader.live().version == live
    assert training("run", "--orders", much_shown_nowhere, "--no-publish", *ask).code == 4

    forced = training("run", "--orders", much_shown_nowhere, "--json", "--force", *ask)
    assert (forced.code, forced.summary["gate"]["passed"]) == (0, False)
    assert reader.meta(forced.summary["version"]).info.forced


def test_a_first_publication_may_show_little(training, much_shown_nowhere):
    outcome = training(
        "run", "--orders", much_shown_nowhere, "--json", "--set", "evaluation.min_coverage=0.9"
    )
    assert (outcome.code, outcome.summary["model"]) == (0, "blend")


def test_a_product_that_cannot_be_ordered_is_never_published(
    training, shop, catalog, careless, reader, tmp_path
):
    sources = ["--orders", shop, "--catalog", catalog]
    refused = training("run", *sources, "--json")
    assert refused.code == 4
    assert f"listed, but cannot be ordered now: {GONE}" in refused.errors
    assert told(refused, GONE) == refused.summary["gate"]["why"][0]
    assert reader.live() is None
    assert list((tmp_path / "var" / "versions").iterdir()) == []

    forced = training("run", *sources, "--json", "--force")
    assert (forced.code, forced.summary["gate"]["passed"]) == (0, False)
    assert reader.meta(forced.summary["version"]).info.forced


def test_with_the_same_catalogue_an_honest_ranking_passes(training, shop, catalog):
    outcome = training("run", "--orders", shop, "--catalog", catalog, "--json")
    assert (outcome.code, outcome.summary["gate"]["passed"]) == (0, True)


def lists_of(training, out: Path, placement: str) -> pl.DataFrame:
    training("export", "--placement", placement, "--limit", "24", "--out", out)
    return pl.read_parquet(out).with_columns(kind=pl.col("product_id").str.split("-").list.first())


def test_a_cap_holds_on_every_page_of_what_is_published(training, shop, catalog, tmp_path):
    cap = ["--set", "diversity.max_per_category=2"]
    assert training("run", "--orders", shop, "--catalog", catalog, *cap).code == 0
    for placement in ("for_you", "discover"):
        lists = lists_of(training, tmp_path / "lists.parquet", placement)
        page = lists.with_columns(page=(pl.col("rank") - 1) // 12)
        most = page.group_by("customer_id", "page", "kind").len().group_by("page").agg(pl.col("len").max())
        # Eight kinds fill a page twelve places long with two of each and more.
        assert most.filter(pl.col("page") == 0)["len"].item() == 2, placement
        falling = lists.select(pl.col("score").diff().over("customer_id").fill_null(0) <= 0)
        assert falling.to_series().all()


def test_without_categories_a_run_says_once_that_a_cap_does_nothing(training, five_orders):
    cap = ["--set", "diversity.max_per_category=2", "--set", "diversity.mmr=0.9"]
    outcome = training("run", "--orders", five_orders, "--no-publish", *cap)
    assert outcome.code == 0
    assert outcome.errors.count("can do nothing") == 1
    assert "diversity.max_per_category can do nothing: the catalogue tells no categories" in outcome.errors
