"""The windows that settings are tuned on, all of them before the one that is kept to judge the outcome."""

from __future__ import annotations

from training.interactions import Interactions
from training.splits import TemporalSplit, default_cut, rolling_splits, temporal_split


def earlier_windows(interactions: Interactions, window_days: float, count: int) -> list[TemporalSplit]:
    """Rolling-origin splits whose windows end where the last days begin, the latest first::

                              cut 2    cut 1    last cut       now
        ----- train 2 --------> | window |        |             |
        ----- train 1 -----------------> | window |             |
                                                  | kept back   |

    No split holds an order of the last cut or later (`training.splits.default_cut`).

    Args:
        interactions: the whole history.
        window_days: length of a window.
        count: at most; those that the history is too short for, or with nobody to judge, are left out.
    """
    known = interactions.before(default_cut(interactions, window_days))
    if not len(known):
        return []
    splits = [temporal_split(history, cut) for cut, history in rolling_splits(known, window_days, count)]
    return [split for split in reversed(splits) if len(split.users)]
