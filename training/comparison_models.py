"""The models of the literature, fitted to compare with: nothing is published from them.

`run` leaves them out; `evaluate` and the benchmarks judge all of them.
"""

from __future__ import annotations

from collections.abc import Callable

from scipy.sparse import csr_matrix

from models.base import Recommender
from models.graph_filter import GraphFilter
from models.item_knn import BM25KNN, CosineKNN, TfidfKNN
from models.logistic_factors import BPR, LMF
from models.personal import PersonalFrequency
from models.popularity import Popularity
from models.user_knn import TIFUKNN, UPCF
from training.cadence import due_again
from training.global_lists import trend
from training.interactions import Interactions
from training.matrix import habits, order_decayed_counts, share_of_last_orders

DUE_WITHIN_DAYS = 31
"""How far ahead `due_again` looks: a month, as evaluation does."""

HALF_LIFE_DAYS = 120
"""Age at which an order counts half for the linear models, which learn far less from cells of 1."""

Fit = Callable[[Interactions, csr_matrix], Recommender]
"""Given the orders and their `order_counts`, users × items CSR."""

COMPARISON_MODELS: dict[str, Fit] = {
    "bm25": lambda _, counts: BM25KNN().fit(counts),
    "tfidf": lambda _, counts: TfidfKNN().fit(counts),
    "cosine": lambda _, counts: CosineKNN().fit(counts),
    "bpr": lambda _, counts: BPR().fit(counts),
    "lmf": lambda _, counts: LMF(factors=64, regularization=2.0, negatives=5).fit(counts),
    "graph_filter": lambda orders, _: GraphFilter().fit(habits(orders, HALF_LIFE_DAYS, repeat_exponent=0)),
    "tifu_knn": lambda orders, _: TIFUKNN().fit(order_decayed_counts(orders, 7, within=0.9, between=0.7)),
    "up_cf": lambda orders, _: UPCF().fit(share_of_last_orders(orders, 25)),
    "due_again": lambda orders, _: PersonalFrequency().fit(due_again(orders, DUE_WITHIN_DAYS)),
    "rising": lambda orders, _: Popularity().fit(csr_matrix(trend(orders)[None, :])),
}
"""By name, how each is fitted: on which matrix, with the parameters of its paper or its library, or with ones
that did well on both shops without their last month."""
