"""What lists are like, whoever buys: how much of the shop they show, how known and how alike it is.

All of it is measured on the first `K` places of a list. Popularity is that before the cut. Only stock is
today's: no catalogue tells what was on the shelf at an earlier cut.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse, stats
from scipy.sparse import csr_matrix

from training.catalogue_reach import reach, recently_sold
from training.long_tail import long_tail
from training.metrics import hits
from training.splits import TemporalSplit

K = 10

_TASTE_CUSTOMERS = 4096
"""By whom two products are told to be alike, where no catalogue does: as many bear a shop of any size."""

_LISTS_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Assortment:
    """What a catalogue tells of the products, numbered as in the interactions; more may follow.

    Attributes:
        likeness: items × features CSR, float32, rows of length 1 or empty; a product of two rows is their
            cosine (`training.item_attributes`).
        available: (items,) bool, can be ordered now.
    """

    likeness: csr_matrix
    available: np.ndarray


@dataclass(frozen=True, eq=False)
class ProductFacts:
    """What is known of the products at the cut.

    Attributes:
        orders: (items,) int64, orders before the cut with the product; 0: it did not exist yet.
        self_information: (items,) float64 bits, -log2 of the share of orders with the product; 0 if unsold.
        percentile: (items,) float64 in (0, 1], rank by orders among the products sold, ties shared.
        is_tail: (items,) bool, outside the best sellers (`training.long_tail`).
        likeness: as of the `Assortment`; without one, by who bought the products before the cut.
        available: as of the `Assortment`; None without one.
        is_recent: (items,) bool, sold shortly before the cut (`training.catalogue_reach`).
    """

    orders: np.ndarray
    self_information: np.ndarray
    percentile: np.ndarray
    is_tail: np.ndarray
    likeness: csr_matrix
    available: np.ndarray | None
    is_recent: np.ndarray

    @classmethod
    def at(cls, split: TemporalSplit, assortment: Assortment | None = None) -> ProductFacts:
        """Read the facts off the orders before the cut, and off the catalogue where there is one."""
        train = split.train
        n_items = len(train.products)
        orders = np.bincount(train.product, minlength=n_items)
        sold = orders > 0
        share = orders[sold] / max(train.n_orders, 1)
        self_information, percentile = np.zeros(n_items), np.zeros(n_items)
        self_information[sold] = -np.log2(share)
        percentile[sold] = stats.rankdata(orders[sold]) / max(sold.sum(), 1)
        return cls(
            orders=orders,
            self_information=self_information,
            percentile=percentile,
            is_tail=long_tail(train),
            likeness=assortment.likeness[:n_items] if assortment else _bought_alike(split),
            available=assortment.available[:n_items] if assortment else None,
            is_recent=recently_sold(train),
        )


def beyond_accuracy(lists: np.ndarray, goals: csr_matrix, facts: ProductFacts) -> dict[str, float | None]:
    """Figures of the lists of all customers, by name; None where nothing can be told.

    - coverage@10: share of the products sold before the cut that stand in any list.
    - reach@10: share of the products sold recently that stand in any list, of what could
      (`training.catalogue_reach`).
    - gini@10: of how often each of these is listed: 0 all alike, 1 one product takes every place.
    - novelty@10: mean self-information of the listed products, in bits (Zhou et al. 2010).
    - similarity@10: mean cosine of two products in one list, over lists (Ziegler et al. 2005).
    - popularity@10: mean popularity percentile of the listed products, 0 to 1.
    - popularity_lift@10: mean orders of a listed product over those of a product really bought
      (Abdollahpouri et al. 2020): above 1, the lists favour best-sellers more than customers do.
    - unavailable@10: share of the listed products that the catalogue says cannot be ordered.
    - length@10: mean number of products in the first ten places.

    Args:
        lists: (users, k) item numbers, best first, -1 for "no item".
        goals: users × items CSR of the same view.
    """
    lists = lists[:, :K]
    items = lists[lists >= 0]
    shown = np.bincount(items, minlength=len(facts.orders))
    figures: dict[str, float | None] = dict.fromkeys(NAMES)
    figures["coverage@10"] = _ratio((shown > 0).sum(), (facts.orders > 0).sum())
    figures["reach@10"] = reach(shown > 0, facts.is_recent, len(lists))
    if len(items):
        figures |= {
            "gini@10": gini(shown[facts.orders > 0]),
            "novelty@10": float(facts.self_information[items].mean()),
            "similarity@10": _similarity(lists, facts.likeness),
            "popularity@10": float(facts.percentile[items].mean()),
            "popularity_lift@10": _ratio(
                facts.orders[items].mean(), facts.orders[goals.indices].mean() if goals.nnz else 0
            ),
            "length@10": float(len(items) / len(lists)),
        }
        if facts.available is not None:
            figures["unavailable@10"] = float(1 - facts.available[items].mean())
    return figures


NAMES = (
    "coverage@10",
    "reach@10",
    "gini@10",
    "novelty@10",
    "similarity@10",
    "popularity@10",
    "popularity_lift@10",
    "unavailable@10",
    "length@10",
)


def spend_caught(lists: np.ndarray, goals: csr_matrix, spend: csr_matrix) -> float | None:
    """Share of the money spent on goals that went to products in the first ten places.

    Args:
        lists: (users, k) item numbers, -1 for "no item".
        goals: users × items CSR.
        spend: users × items CSR, what each paid for each; at least the goals.

    Returns:
        None where no price is known.
    """
    top = lists[:, :K]
    found = hits(top, goals)
    row = np.broadcast_to(np.arange(len(top))[:, None], top.shape)[found]
    total = spend.multiply(goals).sum()
    return _ratio(np.asarray(spend[row, top[found]]).sum() if len(row) else 0.0, total)


def gini(amounts: np.ndarray) -> float:
    """Gini coefficient of amounts at 0 or above: 0 where all are alike, (n − 1) / n where one has all."""
    ordered, n = np.sort(amounts), len(amounts)
    total = ordered.sum()
    if not total:
        return 0.0
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * total))


def _similarity(lists: np.ndarray, likeness: csr_matrix) -> float | None:
    """Mean over lists of the mean cosine of two of its products; None where no list holds two.

    The sum of a list's vectors, squared, is the sum over all its pairs: no pair is looked at alone.
    """
    filled = lists >= 0
    lists, filled = lists[filled.sum(axis=1) > 1], filled[filled.sum(axis=1) > 1]
    if not len(lists):
        return None
    own = np.asarray(likeness.multiply(likeness).sum(axis=1)).ravel()
    total = 0.0
    for start in range(0, len(lists), _LISTS_AT_ONCE):
        here, there = lists[start : start + _LISTS_AT_ONCE], filled[start : start + _LISTS_AT_ONCE]
        row = np.nonzero(there)[0]
        members = csr_matrix(
            (np.ones(len(row), dtype=np.float32), (row, here[there])), shape=(len(here), likeness.shape[0])
        )
        together = members @ likeness
        squared = np.asarray(together.multiply(together).sum(axis=1)).ravel()
        length = there.sum(axis=1)
        total += float(((squared - members @ own) / (length * (length - 1))).sum())
    return total / len(lists)


def _bought_alike(split: TemporalSplit) -> csr_matrix:
    """Items × judged customers, rows of length 1: two rows' product is the cosine of who bought both."""
    step = -(-len(split.users) // _TASTE_CUSTOMERS) or 1
    buyers = csr_matrix(split.bought[::step].T, dtype=np.float32)
    length = np.sqrt(np.diff(buyers.indptr))
    scale = np.divide(1, length, out=np.zeros_like(length), where=length > 0)
    return csr_matrix(sparse.diags_array(scale.astype(np.float32)) @ buyers)


def _ratio(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None
