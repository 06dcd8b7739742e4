from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.sparse import csr_matrix

from training.diversity.config import DiversityConfig
from training.diversity.reranking import RankedLists, likeness, reranked

NO_FEATURES = csr_matrix(np.zeros((200, 1), dtype=np.float32))


def candidates(
    category: list[int],
    scores: list[float] | None = None,
    tail: tuple[int, ...] = (),
    taste: tuple[float, ...] = (),
    padding: int = 0,
) -> RankedLists:
    """One customer's candidates 0, 1, 2, …, best first; positions in `tail` are of the long tail."""
    n = len(category)
    if scores is None:
        scores = [float(n - i) for i in range(n)]
    width = max([len(taste), *(code + 1 for code in category)])
    shares = np.zeros((1, width))
    shares[0, : len(taste)] = taste
    return RankedLists(
        items=np.array([[*range(n), *[-1] * padding]], dtype=np.int32),
        scores=np.array([[*scores, *[0.0] * padding]], dtype=np.float32),
        category=np.array([[*category, *[-1] * padding]], dtype=np.int32),
        is_tail=np.array([[i in tail for i in range(n + padding)]]),
        taste=shares,
    )


def order(of: RankedLists, vectors: csr_matrix = NO_FEATURES, **options: Any) -> list[int]:
    return reranked(of, DiversityConfig(**options), vectors)[0].tolist()


TEA, MUGS, JAM = 0, 1, 2


def test_no_option_leaves_the_order():
    assert order(candidates([TEA, TEA, MUGS, JAM])) == [0, 1, 2, 3]


def test_a_cap_puts_back_what_is_too_many_of_a_category_on_a_page():
    of = candidates([TEA, TEA, TEA, MUGS, JAM, TEA])
    # Tea, tea, and the third tea waits; the second page starts counting anew.
    assert order(of, max_per_category=2, page_length=4) == [0, 1, 3, 4, 2, 5]


def test_a_cap_gives_way_where_nothing_else_is_left():
    assert order(candidates([TEA, TEA, TEA, MUGS]), max_per_category=1, page_length=4) == [0, 3, 1, 2]


def test_products_without_a_category_are_not_capped():
    assert order(candidates([-1, -1, -1, MUGS]), max_per_category=1, page_length=4) == [0, 1, 2, 3]


def test_mmr_puts_a_double_behind_what_is_different():
    # 0 and 1 are the same tea in two boxes; 2 is a mug, a little less relevant.
    vectors = csr_matrix(np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32))
    of = candidates([-1, -1, -1], scores=[1.0, 0.9, 0.5])
    assert order(of, vectors, mmr=0.5) == [0, 2, 1]
    # 0.9 × 0.8 of relevance outweighs 0.1 of likeness.
    assert order(of, vectors, mmr=0.9) == [0, 1, 2]


def test_calibration_brings_in_the_categories_of_the_customer_by_their_share():
    # Steck's example in small: 70 % of what was bought is tea, 30 % mugs; the ten best are all tea.
    of = candidates([TEA] * 8 + [MUGS] * 4, taste=(0.7, 0.3))
    first_ten = order(of, calibration=0.99)[:10]
    assert sum(i >= 8 for i in first_ten) == 3


def test_calibration_by_hand():
    # q is smoothed by 1 % of p. Taking mugs second: KL = .5 ln(.5/.5) × 2 = 0. Taking tea: q = (1, 0), so
    # .5 ln(.5/.995) + .5 ln(.5/.005) = 1.958. The other tea is 0.9 more relevant.
    of = candidates([TEA, TEA, MUGS], scores=[1.0, 0.9, 0.0], taste=(0.5, 0.5))
    # (1 - c) × 0.9 against c × 1.958 is even at c = 0.3149.
    assert order(of, calibration=0.31) == [0, 1, 2]
    assert order(of, calibration=0.32) == [0, 2, 1]


def test_calibration_leaves_a_customer_without_a_past():
    assert order(candidates([TEA, TEA, MUGS], taste=(0.0, 0.0)), calibration=0.9) == [0, 1, 2]


def test_the_floor_brings_the_tail_forward_spread_over_the_page():
    of = candidates([-1] * 8, tail=(5, 6, 7))
    # Half of four positions: one of the first two, two of the four.
    assert order(of, tail_exposure=0.5, page_length=4) == [0, 5, 1, 6, 2, 7, 3, 4]


def test_the_floor_is_rounded_up_and_exact():
    of = candidates([-1] * 200, tail=tuple(range(150, 200)))
    # 0.07 × 100 is 7.000000000000001 in floating point; 0.061 × 100 has to be 7, too.
    for share in (0.07, 0.061):
        first_page = order(of, tail_exposure=share, page_length=100)[:100]
        assert sum(i >= 150 for i in first_page) == 7


def test_the_cap_goes_before_the_floor():
    of = candidates([TEA, MUGS, TEA], tail=(2,))
    assert order(of, max_per_category=1, tail_exposure=0.5, page_length=2) == [0, 1, 2]


def test_padding_stays_last():
    of = candidates([TEA, TEA, MUGS], padding=3)
    assert order(of, max_per_category=1, page_length=2) == [0, 2, 1, 3, 4, 5]


def test_likeness_is_the_product_of_rows_and_0_with_padding():
    vectors = csr_matrix(np.array([[1, 0], [0.6, 0.8], [0, 0]], dtype=np.float32))
    alike = likeness(vectors, np.array([[0, 1, 2], [1, -1, 0]]))
    assert np.allclose(alike[0], np.array([[1, 0.6, 0], [0.6, 1, 0], [0, 0, 0]]))
    assert np.allclose(alike[1], np.array([[1, 0, 0.6], [0, 0, 0], [0.6, 0, 1]]))


@st.composite
def some_candidates(draw: st.DrawFn) -> RankedLists:
    users, k, categories = draw(st.integers(1, 4)), draw(st.integers(1, 10)), draw(st.integers(1, 4))
    listed = draw(hnp.arrays(int, users, elements=st.integers(0, k)))
    is_item = np.arange(k) < listed[:, None]
    draw_of = {
        "scores": hnp.arrays(np.float32, (users, k), elements=st.floats(-4, 4, width=32)),
        "category": hnp.arrays(np.int32, (users, k), elements=st.integers(-1, categories - 1)),
        "is_tail": hnp.arrays(bool, (users, k)),
        "taste": hnp.arrays(float, (users, categories), elements=st.integers(0, 3)),
    }
    drawn = {name: draw(strategy) for name, strategy in draw_of.items()}
    items = np.array([np.random.default_rng(seed).permutation(12)[:k] for seed in range(users)])
    taste = drawn["taste"] / np.maximum(drawn["taste"].sum(axis=1, keepdims=True), 1)
    return RankedLists(
        items=np.where(is_item, items, -1),
        scores=np.where(is_item, -np.sort(-drawn["scores"], axis=1), 0),
        category=np.where(is_item, drawn["category"], -1),
        is_tail=drawn["is_tail"] & is_item,
        taste=taste,
    )


SHARES = st.floats(0, 1)
CONFIGS = st.builds(
    DiversityConfig,
    max_per_category=st.integers(0, 3),
    page_length=st.integers(1, 5),
    mmr=SHARES,
    calibration=SHARES,
    tail_exposure=SHARES,
)
VECTORS = csr_matrix(np.abs(np.random.default_rng(0).normal(size=(12, 3))) / 3, dtype=np.float32)


@given(some_candidates(), CONFIGS)
def test_nothing_is_lost_or_duplicated_and_padding_stays_last(of: RankedLists, config: DiversityConfig):
    found = reranked(of, config, VECTORS)
    assert (np.sort(found, axis=1) == np.arange(found.shape[1])).all()
    listed = np.take_along_axis(of.items, found, axis=1) >= 0
    assert (listed == (of.items >= 0)).all()


@given(some_candidates(), CONFIGS)
def test_customers_do_not_depend_on_who_else_is_in_the_batch(of: RankedLists, config: DiversityConfig):
    together = reranked(of, config, VECTORS)
    last = RankedLists(of.items[-1:], of.scores[-1:], of.category[-1:], of.is_tail[-1:], of.taste[-1:])
    assert (together[-1:] == reranked(last, config, VECTORS)).all()


@given(some_candidates(), st.integers(1, 5))
def test_relevance_alone_leaves_every_list(of: RankedLists, page_length: int):
    unchanged = DiversityConfig(page_length=page_length, mmr=1, calibration=0)
    assert (reranked(of, unchanged, VECTORS) == np.arange(of.items.shape[1])).all()


@given(some_candidates(), CONFIGS)
def test_a_cap_is_never_exceeded_while_alternatives_exist(of: RankedLists, config: DiversityConfig):
    found = reranked(of, config, VECTORS)
    category = np.take_along_axis(of.category, found, axis=1)
    is_item = np.take_along_axis(of.items, found, axis=1) >= 0
    for listed, on_list in zip(category, is_item, strict=True):
        for position in range(int(on_list.sum())):
            page = listed[position - position % config.page_length : position].tolist()
            full = {c for c in page if c >= 0 and page.count(c) >= config.max_per_category}
            if config.max_per_category and listed[position] in full:
                assert set(listed[position : int(on_list.sum())].tolist()) <= full


@given(some_candidates(), CONFIGS)
def test_the_floor_is_reached_where_tail_candidates_exist(of: RankedLists, config: DiversityConfig):
    without_cap = DiversityConfig(0, config.page_length, config.mmr, config.calibration, config.tail_exposure)
    found = reranked(of, without_cap, VECTORS)
    is_tail = np.take_along_axis(of.is_tail, found, axis=1)
    listed = (of.items >= 0).sum(axis=1)
    page = config.page_length
    for tail, length in zip(is_tail, listed, strict=True):
        for start in range(0, int(length) - page + 1, page):
            available = int(tail[start:].sum())
            wanted = np.ceil(config.tail_exposure * page - 1e-9)
            assert tail[start : start + page].sum() >= min(wanted, available)
