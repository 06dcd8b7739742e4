from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.store.packed import ProductFlags
from tests.builders import interactions, line
from training.interactions import Interactions
from training.list_inspection import inspect
from training.lists import CUSTOMER_LISTS, CustomerBlock, Lists
from training.version_artefact import EVERYBODY, VersionArtefact

IDS = ["cup", "jam", "tea", "pot"]
"""Cup, jam and tea have been sold; the pot has not."""
CUP, JAM, TEA, POT = range(4)


@pytest.fixture
def orders() -> Interactions:
    """Cups sold long ago, jam and tea in the last days; now is May 2nd."""
    return interactions(
        line("1", "ann", "cup", at="2026-01-01"),
        line("2", "ann", "jam", at="2026-05-01"),
        line("3", "bob", "tea", at="2026-05-02"),
    )


def lists(*products: list[int]) -> Lists:
    shape = np.array(products, dtype=np.int32)
    return Lists.of_one_reason(shape, np.ones(shape.shape), "popular")


def artefact(
    folder: Path,
    for_you: Lists,
    *,
    discover: Lists | None = None,
    popular: Lists | None = None,
    similar: Lists | None = None,
    out_of_stock: tuple[int, ...] = (),
    available_from: dict[int, str] | None = None,
) -> VersionArtefact:
    """Two customers' lists; what is not given is a list of tea."""
    tea = lists([TEA], [TEA])
    written = VersionArtefact.begin(folder, "v")
    written.write_catalog(
        IDS,
        [
            {"in_stock": at not in out_of_stock, "available_from": (available_from or {}).get(at)}
            for at in range(len(IDS))
        ],
        ProductFlags(np.ones(4, dtype=bool), np.zeros(4, dtype=bool)),
    )
    written.write_lists("products", {"similar_items": similar or lists([TEA], [TEA], [-1])})
    written.write_lists(EVERYBODY, {"popular": popular or lists([TEA])})
    of_customers = dict.fromkeys(CUSTOMER_LISTS, tea) | {"for_you": for_you, "discover": discover or tea}
    block = CustomerBlock(
        ids=["ann", "bob"],
        lists=of_customers,
        bought=np.array([CUP, JAM, TEA], dtype=np.int32),
        bought_counts=np.array([2, 1], dtype=np.int32),
        models=("most_bought",),
        model_scores=np.zeros((1, *for_you.products.shape), dtype=np.float16),
        explained=np.zeros(2, dtype=bool),
    )
    written.write_customers(0, block)
    return written


def test_lists_of_what_can_be_ordered_name_nothing(tmp_path, orders):
    found = inspect(artefact(tmp_path, lists([TEA, JAM], [TEA, -1])), orders)
    assert (found.customers, found.unavailable) == (2, ())


@pytest.mark.parametrize("where", ["for_you", "discover", "popular", "similar"])
def test_what_is_out_of_stock_is_found_on_any_list(tmp_path, orders, where):
    with_jam: dict[str, Any] = {"for_you": lists([TEA], [TEA]), where: lists([TEA], [JAM])}
    assert inspect(artefact(tmp_path, **with_jam, out_of_stock=(JAM,)), orders).unavailable == ("jam",)


def test_what_is_out_of_stock_and_listed_nowhere_is_no_matter(tmp_path, orders):
    found = inspect(artefact(tmp_path, lists([TEA], [TEA]), out_of_stock=(JAM,)), orders)
    assert found.unavailable == ()


def test_what_comes_later_cannot_be_ordered_yet(tmp_path, orders):
    dates = {POT: "2026-05-02T00:00:01Z", TEA: "2026-05-02T00:00:00Z"}
    found = inspect(artefact(tmp_path, lists([TEA, POT], [TEA, -1]), available_from=dates), orders)
    assert found.unavailable == ("pot",)


def test_products_are_named_by_id_once_and_in_order(tmp_path, orders):
    found = inspect(artefact(tmp_path, lists([TEA, JAM], [JAM, TEA]), out_of_stock=(TEA, JAM)), orders)
    assert found.unavailable == ("jam", "tea")


def test_reach_counts_recent_products_that_can_be_ordered_in_for_you(tmp_path, orders):
    # Of jam and tea, which sold lately; the cup is forgotten and the pot was never sold.
    assert inspect(artefact(tmp_path, lists([TEA, CUP], [TEA, POT])), orders).reach == 0.5
    # Jam is gone: tea is all there is to show.
    found = inspect(artefact(tmp_path, lists([TEA, CUP], [TEA, POT]), out_of_stock=(JAM,)), orders)
    assert found.reach == 1


def test_reach_looks_at_the_first_ten_places(tmp_path, orders):
    far_down = lists([*[CUP] * 10, JAM], [*[CUP] * 10, TEA])
    assert inspect(artefact(tmp_path, far_down), orders).reach == 0
