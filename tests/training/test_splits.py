from __future__ import annotations

from datetime import UTC, datetime

from tests.builders import interactions, line
from training.splits import default_cut, temporal_split


def seconds(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


CUT = seconds("2026-03-01")
CUP, JUG, POT, TEA = range(4)
ANN, BOB, CAT, DAN, EVE = range(5)


def shop():
    return interactions(
        # Ann: on both sides; the pot was never sold before the cut
        line("a1", "ann", "tea", at="2026-01-01"),
        line("a2", "ann", "tea", at="2026-03-01"),
        line("a2", "ann", "cup", at="2026-03-01"),
        line("a2", "ann", "pot", at="2026-03-01"),
        line("a3", "ann", "tea", at="2026-03-20"),
        # Bob: only before; Cat: only after
        line("b1", "bob", "tea", at="2026-02-28"),
        line("c1", "cat", "tea", at="2026-03-02"),
        # Dan: in the window nothing but what was new
        line("d1", "dan", "tea", at="2026-02-01"),
        line("d2", "dan", "pot", at="2026-03-03"),
        # a guest, before: sold is sold
        line("g1", None, "jug", at="2026-01-02"),
        line("g2", None, "cup", at="2026-01-03"),
        # Eve: goals that only the guest bought before
        line("e1", "eve", "tea", at="2026-01-05"),
        line("e2", "eve", "jug", at="2026-03-31"),
    )


def test_who_is_judged_and_by_what() -> None:
    split = temporal_split(shop(), cut=CUT)
    assert split.users.tolist() == [ANN, EVE]
    assert split.goals.toarray().tolist() == [[1, 0, 0, 1], [0, 1, 0, 0]]
    assert split.bought.toarray().tolist() == [[0, 0, 0, 1], [0, 0, 0, 1]]


def test_the_past_ends_strictly_before_the_cut_and_now_is_the_cut() -> None:
    split = temporal_split(shop(), cut=CUT)
    assert split.train.ordered_at.max() == seconds("2026-02-28")
    assert split.train.now == split.cut == CUT
    assert split.train.products.tolist() == shop().products.tolist()


def test_by_default_the_last_31_days() -> None:
    # 31 March, back 31 days
    assert default_cut(shop()) == seconds("2026-02-28")
    assert temporal_split(shop()).cut == seconds("2026-02-28")


def test_other_windows() -> None:
    assert default_cut(shop(), window_days=10) == seconds("2026-03-21")


def test_at_least_half_of_a_short_history_is_for_learning() -> None:
    short = interactions(
        line("1", "ann", "tea", at="2026-01-01"),
        line("2", "ann", "tea", at="2026-01-04"),
        line("3", "ann", "tea", at="2026-01-11"),
    )
    assert default_cut(short) == seconds("2026-01-06")
    split = temporal_split(short)
    assert split.users.tolist() == [0]
    assert len(split.train) == 2


def test_one_day_of_orders_judges_nobody() -> None:
    split = temporal_split(interactions(line("1", "ann", "tea"), line("2", "bob", "tea")))
    assert len(split.users) == 0
    assert split.goals.shape == split.bought.shape == (0, 1)


def test_no_orders_judge_nobody() -> None:
    assert len(temporal_split(shop().before(0)).users) == 0
