"""`python -m training tune`, on the orders of a small shop."""

from __future__ import annotations

from pathlib import Path

import optuna
import polars as pl
import pytest

from tests.training.conftest import Command
from tests.training.shop import write_orders
from training.configuration import load_configuration
from training.model_config import ModelConfig
from training.tuning.command import Duration

QUICK = ("--search", "weights", "--windows", "2", "--set", "models.als_factors=4", "--json")
"""Fits in a blink; the shop has 40 customers."""


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_orders(tmp_path_factory.mktemp("shop") / "orders.parquet", customers=40)


def trials(file: Path) -> list[tuple[dict[str, float], float | None]]:
    """Parameters and worth of all trials in a file with one study."""
    study = optuna.load_study(study_name=None, storage=f"sqlite:///{file}")
    return [(trial.params, trial.value) for trial in study.trials]


def test_the_same_command_again_goes_on(training: Command, orders: Path, tmp_path: Path):
    for calls in (1, 2):
        outcome = training("tune", "--orders", orders, "--trials", "3", *QUICK)
        assert outcome.code == 0
        assert sum(outcome.summary["trials"].values()) == 3 * calls
    assert "going on from 3 trials" in outcome.errors
    assert len(trials(tmp_path / "var/tuning/trials.db")) == 6


def test_the_last_days_are_no_part_of_the_search(training: Command, orders: Path, tmp_path: Path):
    frame = pl.read_parquet(orders)
    last_days = pl.col("ordered_at") > pl.col("ordered_at").max() - pl.duration(days=31)
    other = tmp_path / "other.parquet"
    changed = pl.when(last_days).then(pl.lit("t0-00")).otherwise(pl.col("product_id"))
    frame.with_columns(product_id=changed).write_parquet(other)
    found = []
    for number, file in enumerate((orders, other)):
        storage = tmp_path / f"{number}.db"
        outcome = training("tune", "--orders", file, "--trials", "4", "--storage", storage, *QUICK)
        found.append((outcome.summary["study"], outcome.summary["best"], trials(storage)))
    assert found[0] == found[1]


def test_what_it_writes_is_what_run_reads(
    training: Command, orders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    in_force, out = tmp_path / "shop.toml", tmp_path / "tuned.toml"
    # As bad as can be: new products by popularity alone, in a shop where customers have tastes.
    in_force.write_text(
        "[evaluation]\nmin_customers = 7\n"
        "[models]\ndiscover_als = 0\ndiscover_related = 0\ndiscover_popular = 1\n"
    )
    monkeypatch.setenv("RECS_CONFIG", str(in_force))
    outcome = training("tune", "--orders", orders, "--trials", "6", "--out", out, *QUICK)
    assert outcome.summary["improved"], outcome.summary["last_days"]
    assert outcome.summary["best"] > 1
    config = load_configuration(out)
    assert config.evaluation.min_customers == 7
    assert config.models == ModelConfig(**outcome.summary["models"])
    assert config.models.als_factors == 4
    assert {"discover_als", "discover_related"} <= set(outcome.summary["found"])
    assert "40 customers" in out.read_text().splitlines()[0]

    monkeypatch.setenv("RECS_CONFIG", str(out))
    new = training("run", "--orders", orders, "--no-publish", "--json").summary["metrics"]["blend"]["new"]
    said = outcome.summary["last_days"]["changes"]["new"]
    assert new["ndcg@10"] == pytest.approx(said["found"])
    assert said["found"] > said["in_force"]


def test_without_a_better_trial_the_settings_in_force_are_written(training: Command, orders: Path):
    outcome = training("tune", "--orders", orders, "--trials", "1", *QUICK)
    assert outcome.code == 0
    assert (outcome.summary["best"], outcome.summary["found"], outcome.summary["improved"]) == (1, {}, False)
    assert load_configuration(Path(outcome.summary["out"])).models == ModelConfig(als_factors=4)


def test_no_time_means_no_trial(training: Command, orders: Path):
    outcome = training("tune", "--orders", orders, "--timeout", "0", *QUICK)
    assert outcome.code == 0
    assert (outcome.summary["trials"], outcome.summary["best"]) == (
        {"finished": 0, "pruned": 0, "failed": 0},
        None,
    )
    assert "no trial was finished" in Path(outcome.summary["out"]).read_text()
    assert "going on" not in training("tune", "--orders", orders, "--timeout", "0", *QUICK).errors


def test_it_tells_what_it_found_in_words_and_on_a_page(training: Command, orders: Path, tmp_path: Path):
    words = training("tune", "--orders", orders, "--trials", "3", *QUICK[:-1], "--report", tmp_path / "page")
    assert words.code == 0
    page = (tmp_path / "page/tuning.html").read_text()
    assert page.count("<svg") >= 2
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org/", "")


def test_a_history_without_an_earlier_window_is_refused(training: Command, five_orders: Path):
    five_orders.write_text(
        "order_id,customer_id,product_id,quantity,unit_price,ordered_at\n1,ann,tea,1,3,2026-01-01\n"
    )
    outcome = training("tune", "--orders", five_orders, *QUICK[:4])
    assert outcome.code == 3
    assert "too short a history to tune on" in outcome.errors


@pytest.mark.parametrize(
    "options, told",
    [
        (("--search", "everything"), "everything"),
        (("--timeout", "soon"), "'soon' is no duration"),
        (("--trials", "-1"), "--trials"),
        (("--windows", "0"), "--windows"),
    ],
)
def test_an_option_that_is_off_is_named(training: Command, orders: Path, options: tuple[str, ...], told: str):
    outcome = training("tune", "--orders", orders, *options)
    assert outcome.code == 2
    assert told in outcome.errors


def test_a_storage_of_something_else_is_named(training: Command, orders: Path, tmp_path: Path):
    storage = tmp_path / "mine.csv"
    storage.write_text("order_id,customer_id\n" * 100)
    outcome = training("tune", "--orders", orders, "--storage", storage, *QUICK)
    assert outcome.code == 2
    assert f"--storage: {storage}" in outcome.errors
    assert storage.read_text().startswith("order_id")


@pytest.mark.parametrize(
    "text, seconds", [("900", 900), ("45s", 45), ("30m", 1800), ("2h", 7200), (" 1m ", 60)]
)
def test_durations(text: str, seconds: float):
    assert Duration().convert(text, None, None) == seconds


@pytest.mark.parametrize("option", ["models.profile=quick", "models.rerank_steps=0"])
def test_without_trees_there_are_none_to_search_for(training: Command, orders: Path, option: str):
    outcome = training("tune", "--orders", orders, "--search", "reranker", "--set", option)
    assert outcome.code == 2
    assert "models.rerank_steps" in outcome.errors
