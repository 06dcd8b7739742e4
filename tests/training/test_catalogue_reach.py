from __future__ import annotations

import numpy as np

from tests.builders import interactions, line
from training.catalogue_reach import reach, recently_sold


def test_what_sold_in_the_last_90_days_is_recent():
    orders = interactions(
        line("1", "ann", "jam", at="2026-01-01"),
        line("2", "ann", "mug", at="2026-01-02"),
        line("3", None, "tea", at="2026-04-01"),
    )
    # April 1st less 90 days is January 1st.
    assert orders.products[recently_sold(orders)].tolist() == ["mug", "tea"]


def flags(*positions: int) -> np.ndarray:
    return np.isin(np.arange(40), positions)


def test_reach_is_the_share_of_what_is_offered():
    assert reach(flags(0, 1, 30), flags(0, 1, 2, 3), customers=1) == 0.5


def test_a_few_lists_are_not_asked_to_show_more_than_they_hold():
    everything = flags(*range(40))
    assert reach(flags(*range(10)), everything, customers=1) == 1
    assert reach(flags(*range(10)), everything, customers=2) == 0.5


def test_where_nothing_could_be_shown_there_is_no_figure():
    assert reach(flags(), flags(), customers=5) is None
    assert reach(flags(), flags(0), customers=0) is None
