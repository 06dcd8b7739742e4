from __future__ import annotations

from datetime import UTC, datetime

from tests.builders import interactions, line
from training.splits import default_cut, rolling_cuts, rolling_splits, temporal_split


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


def test_goals_by_view() -> None:
    split = temporal_split(shop(), cut=CUT)
    # Ann buys tea again and a cup that is new to her; Eve's jug is new to her
    assert split.goals_in("all").toarray().tolist() == [[1, 0, 0, 1], [0, 1, 0, 0]]
    assert split.goals_in("again").toarray().tolist() == [[0, 0, 0, 1], [0, 0, 0, 0]]
    assert split.goals_in("new").toarray().tolist() == [[1, 0, 0, 0], [0, 1, 0, 0]]
    assert split.goals_in("again").nnz == 1


def test_what_was_paid_for_the_goals() -> None:
    orders = interactions(
        line("1", "ann", "tea", at="2026-01-01", price=3),
        line("1", "ann", "cup", at="2026-01-01", price=3),
        line("2", "ann", "tea", at="2026-03-02", price=4, quantity=2),
        line("3", "ann", "tea", at="2026-03-03", price=5),
        line("3", "ann", "new", at="2026-03-03", price=50),
    )
    split = temporal_split(orders, cut=CUT)
    assert split.spend.toarray().tolist() == [[0, 0, 13]]


def test_windows_follow_one_another_up_to_now() -> None:
    orders = interactions(
        *(line(str(n), "ann", "tea", at=f"2026-01-{n:02}") for n in range(1, 31)),
    )
    assert rolling_cuts(orders, window_days=5, windows=3) == [
        seconds(f"2026-01-{day}") for day in (15, 20, 25)
    ]
    windows = rolling_splits(orders, window_days=5, windows=3)
    assert [history.now for _, history in windows] == [seconds(f"2026-01-{day}") for day in (20, 25, 30)]
    # No order is in two windows, none is left out: the last window holds its end.
    judged = [history.since(cut).order.tolist() for cut, history in windows]
    assert judged == [[14, 15, 16, 17, 18], [19, 20, 21, 22, 23], [24, 25, 26, 27, 28, 29]]


def test_no_window_has_less_history_before_it_than_it_is_long() -> None:
    orders = interactions(*(line(str(n), "ann", "tea", at=f"2026-01-{n:02}") for n in range(1, 31)))
    # 29 days: windows of 10 leave 19 days before the last and 9, which is too little, before an earlier one
    assert rolling_cuts(orders, window_days=10, windows=3) == [seconds("2026-01-20")]
    assert len(rolling_cuts(orders, window_days=9, windows=3)) == 2
    assert rolling_cuts(orders, window_days=100, windows=3) == [default_cut(orders, 100)]


def test_without_orders_there_is_one_empty_window() -> None:
    assert len(rolling_splits(shop().before(0))) == 1


def test_what_comes_after_a_window_is_not_in_its_history() -> None:
    (cut, history), *_ = rolling_splits(shop(), window_days=20, windows=2)
    assert history.now == cut + 20 * 86_400
    assert history.ordered_at.max() < history.now
    assert temporal_split(history, cut).train.ordered_at.max() < cut
