from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_matrix
from scipy.stats import chi2, chi2_contingency

from training.co_purchase import LEAST_LIKELIHOOD_RATIO, bought_together, log_likelihood_ratio


def orders(*groups: tuple[int, set[int]], items: int = 4) -> csr_matrix:
    """So many orders of these products each."""
    rows = [[float(item in held) for item in range(items)] for times, held in groups for _ in range(times)]
    return csr_matrix(np.array(rows, dtype=np.float32))


TEA, CUP, BREAD, SOAP = range(4)


def test_the_score_is_how_many_orders_exceed_chance() -> None:
    # Tea in 20 of 100 orders, cups in 25, both in 15: chance would have it 5 times.
    found = bought_together(orders((15, {TEA, CUP}), (5, {TEA}), (10, {CUP}), (70, {SOAP})), 10)
    assert found.dtype == np.float32
    assert found[TEA, CUP] == found[CUP, TEA] == pytest.approx(10)


def test_what_everybody_buys_goes_with_nothing() -> None:
    """Bread is in 90 % of all orders, and in 90 % of those with tea: the cosine would list it first."""
    found = bought_together(
        orders((18, {TEA, CUP, BREAD}), (2, {TEA, CUP}), (72, {SOAP, BREAD}), (8, {SOAP})), 10
    ).toarray()
    assert found[TEA, CUP] > 0
    assert found[TEA, BREAD] == found[BREAD, TEA] == 0


def test_two_that_met_by_accident_are_not_listed() -> None:
    # Expected in 3.75 orders of 100, met in 5.
    found = bought_together(orders((5, {TEA, CUP}), (10, {TEA}), (20, {CUP}), (65, {SOAP})), 10)
    assert found[TEA, CUP] == 0


def test_who_avoid_each_other_are_not_listed() -> None:
    found = bought_together(orders((50, {TEA}), (50, {CUP}), (1, {TEA, CUP})), 10)
    assert found.nnz == 0


def test_the_best_are_kept_never_the_product_itself() -> None:
    held = orders((30, {TEA, CUP, BREAD}), (10, {TEA, CUP}), (60, {SOAP}))
    found = bought_together(held, 1).toarray()
    assert (np.diag(found) == 0).all()
    assert found[TEA].argmax() == CUP
    assert (np.count_nonzero(found, axis=1) <= 1).all()


def test_the_ratio_is_that_of_the_contingency_table() -> None:
    table = np.array([[15, 5], [10, 70]])
    both, one, other, n = 15.0, 20.0, 25.0, 100
    expected = chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
    found = log_likelihood_ratio(np.array([both]), np.array([one]), np.array([other]), n)
    assert found[0] == pytest.approx(expected)


def test_the_threshold_is_what_chance_exceeds_once_in_a_thousand() -> None:
    assert chi2.sf(LEAST_LIKELIHOOD_RATIO, df=1) == pytest.approx(0.001, rel=0.01)


def test_products_that_are_independent_are_hardly_ever_listed() -> None:
    rng = np.random.default_rng(0)
    held = csr_matrix((rng.random((3000, 60)) < 0.1).astype(np.float32))
    pairs = 60 * 59
    # Above chance, beyond the threshold on the upper side: about one in 2,000.
    assert bought_together(held, 60).nnz < 0.003 * pairs


@settings(max_examples=50, deadline=None)
@given(arrays(np.float32, (12, 5), elements=st.sampled_from([0, 1])))
def test_a_block_at_a_time_finds_the_same(held: np.ndarray) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.co_purchase._CELLS_AT_ONCE", 1)
        patch.setattr("training.co_purchase.LEAST_LIKELIHOOD_RATIO", 1.0)
        in_blocks = bought_together(csr_matrix(held), 2)
        patch.setattr("training.co_purchase._CELLS_AT_ONCE", 10**9)
        whole = bought_together(csr_matrix(held), 2)
    np.testing.assert_array_equal(in_blocks.toarray(), whole.toarray())


def test_no_orders_and_no_products() -> None:
    assert bought_together(csr_matrix(np.zeros((0, 3), np.float32)), 5).shape == (3, 3)
    assert bought_together(csr_matrix(np.zeros((0, 0), np.float32)), 5).shape == (0, 0)
