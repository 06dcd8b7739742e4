"""Shops' ids as integers: a fraction of the memory, and quick to sort, to compare and to pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

NO_ID = -1
"""The number of a row without an id."""


@dataclass(frozen=True, eq=False)
class Numbered:
    """One column of ids.

    Attributes:
        ids: the distinct ids, sorted; an id's number is its position.
        numbers: (rows,) int32; `NO_ID` where there is none.
    """

    ids: pl.Series
    numbers: np.ndarray

    def texts(self) -> pl.Series:
        """(rows,) the ids themselves; null where there is none."""
        # A negative number would count from the end.
        return self.ids.gather(pl.Series(self.numbers).set(pl.Series(self.numbers < 0), None))

    def among(self, ids: pl.Series) -> Numbered:
        """The same rows, numbered among `ids`: sorted, at least those that rows have."""
        places = pl.DataFrame({"id": ids, "place": np.arange(len(ids), dtype=np.int32)})
        joined = self.ids.to_frame("id").join(places, on="id", how="left", maintain_order="left")
        number_of = np.append(joined["place"].fill_null(NO_ID).to_numpy(), np.int32(NO_ID))
        return Numbered(ids, number_of[self.numbers])

    def in_use(self) -> Numbered:
        """The same rows, numbered among the ids that they have."""
        used = np.zeros(len(self.ids) + 1, dtype=bool)
        used[self.numbers] = True
        return self.among(self.ids.filter(pl.Series(used[:-1])))


def number(ids: pl.Series) -> Numbered:
    """Number the distinct ids of a column in their order as text; nulls have no id."""
    starts = np.array(ids.ne_missing(ids.shift()))
    starts[:1] = True
    if 2 * np.count_nonzero(starts) > len(ids):
        return _number(ids)
    # The lines of an order stand together: numbering runs of one id in place of rows saves most of the work.
    heads = _number(ids.filter(pl.Series(starts)))
    return Numbered(heads.ids, heads.numbers[np.cumsum(starts, dtype=np.int32) - 1])


def _number(ids: pl.Series) -> Numbered:
    distinct = ids.drop_nulls().unique().sort()
    places = pl.DataFrame({"id": distinct, "place": np.arange(len(distinct), dtype=np.int32)})
    joined = ids.to_frame("id").join(places, on="id", how="left", maintain_order="left")
    return Numbered(distinct.rename(ids.name), joined["place"].fill_null(NO_ID).to_numpy())


def ranks(leading: Mapping[str, np.ndarray], numbers: np.ndarray) -> np.ndarray:
    """(rows,) int64, rising with the first of the leading columns, then the next, at last with `numbers`.

    Equal where all of these are alike. A row's rank is no position: ranks have gaps.

    Args:
        leading: (rows,) each, of integers.
        numbers: (rows,) none below `NO_ID`.
    """
    starts = np.zeros(len(numbers), dtype=bool)
    starts[:1] = True
    for column in leading.values():
        starts[1:] |= column[1:] != column[:-1]
    # The lines of an order stand together: only runs of rows are sorted here.
    heads = pl.DataFrame({name: column[starts] for name, column in leading.items()})
    ordered = heads.with_row_index("run").sort(heads.columns)
    is_next = pl.any_horizontal(pl.col(name) != pl.col(name).shift() for name in heads.columns)
    rank = np.zeros(heads.height, dtype=np.int64)
    rank[ordered["run"]] = ordered.select(is_next.fill_null(False).cast(pl.Int64).cum_sum()).to_series()
    ranked = np.repeat(
        rank * (int(numbers.max(initial=0)) + 2), np.diff(np.flatnonzero(np.append(starts, True)))
    )
    ranked += numbers
    return ranked


def are_among(numbers: np.ndarray, some: np.ndarray) -> np.ndarray:
    """(rows,) bool: which of the numbers, none below `NO_ID`, are among `some` of them."""
    # The last place is that of `NO_ID`.
    is_one = np.zeros(int(numbers.max(initial=0)) + 2, dtype=bool)
    is_one[some] = True
    return is_one[numbers]


def in_pairs(first: np.ndarray, second: np.ndarray) -> pl.Series:
    """(rows,) bool: whether another row has the same two numbers."""
    starts = np.ones(len(first), dtype=bool)
    starts[1:] = first[1:] != first[:-1]
    # The lines of an order stand together and mostly rise by product: only those of other orders are sorted.
    occasions = np.bincount(first[starts]) > 1
    falls = ~starts
    falls[1:] &= second[1:] <= second[:-1]
    occasions[first[falls]] = True
    is_open = pl.Series(occasions[first])
    return is_open.scatter(is_open.arg_true(), _in_pairs(first[is_open], second[is_open]))


def _in_pairs(first: np.ndarray, second: np.ndarray) -> pl.Series:
    pairs = pl.Series(first.astype(np.int64) * (int(second.max(initial=0)) + 2) + second)
    ordered = pairs.sort()
    shared = ordered.filter(ordered == ordered.shift()).unique()
    return pairs.is_in(shared.implode())
