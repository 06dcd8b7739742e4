"""Whether products can be told by their ids, and whether orders and catalogue mean the same ones."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import gammaln

from training import columns as c
from training.catalog import ProductTable
from training.catalog_coverage import CatalogCoverage
from training.doctor.findings import Figures, Finding, Severity, counted, date_text, percent
from training.doctor.history import OrderTable
from training.interactions import SECONDS_PER_DAY, Interactions

HANDOVER_DAYS = 60
"""Between the last sale under the old id and the first one under the new."""
SAME_TITLE_AT_MOST = 3
"""Ids that share a title: more of them are variants, or the title says little ("Gift")."""
PRICE_FACTOR = 2.0
FALSE_ALARMS = 0.01
"""Allowed to come about by chance, among all pairs looked at."""

DOMINANT_SHARE = 0.5
SMALLEST_ORDERS = 50

MUCH_UNLISTED = 0.05
MANY_UNSOLD = 0.5
LITTLE_IN_STOCK = 0.2


@dataclass(frozen=True)
class Rename:
    """One product that seems to have moved from one id to another.

    Attributes:
        old, new: product ids.
        title: that both have.
        last, first: seconds since 1970 UTC of the last sale under `old`, and the first under `new`.
    """

    old: str
    new: str
    title: str
    last: int
    first: int

    def __str__(self) -> str:
        last, first = date_text(self.last), date_text(self.first)
        return f"{self.old} until {last} → {self.new} from {first} ({self.title})"


def renamed(interactions: Interactions, products: ProductTable) -> Finding:
    """Products whose id changed, so that their history is torn in two."""
    code, title = "renamed_products", "Products that changed their id"
    found = find_renames(interactions, products)
    if not found:
        return Finding(code, title, Severity.OK, "No product seems to have moved to another id.")
    seen = (
        f"{counted(len(found), 'product')} seem to go on under another id: one id's sales end where "
        f"another's of the same title begin. {found[0]}."
    )
    advice = (
        "Customers who bought the old id are strangers to the new one. Write one id for both in the export, "
        "or try --product-key product."
    )
    examples = tuple(map(str, found))
    return Finding(code, title, Severity.WARNING, seen, advice, {"products": len(found)}, examples)


def find_renames(interactions: Interactions, products: ProductTable) -> list[Rename]:
    """Pairs of ids with one title and about one price, of which one's sales end before the other's begin.

    Two variants that happen to sell one after the other must not look like that: were all their sales in
    random order, the older ones would be all of one id with probability 1 / C(a + b, a), for a and b
    sales. That, times the pairs looked at, must stay below `FALSE_ALARMS`.
    """
    sales = np.bincount(interactions.product, minlength=len(interactions.products))
    first, last = _first_and_last(interactions)
    titles = _titles(products)
    groups = _sharing_a_title(titles)
    looked_at = sum(len(ids) - 1 for ids in groups)
    prices = products.told["price_sold"]
    found = []
    for old, new in (pair for ids in groups for pair in _successive(ids, first, last)):
        by_chance = looked_at * np.exp(-_log_binomial(sales[old] + sales[new], sales[old]))
        if by_chance < FALSE_ALARMS and _alike(prices[old], prices[new]):
            ids = str(interactions.products[old]), str(interactions.products[new])
            rename = Rename(*ids, titles[new], int(last[old]), int(first[new]))
            found.append((sales[old] + sales[new], rename))
    return [rename for _, rename in sorted(found, key=lambda pair: (-pair[0], pair[1].old))]


def lookalike_ids(interactions: Interactions) -> Finding:
    """Ids that differ only in case, in spaces around them, in leading zeros or in how accents are coded."""
    code, title = "lookalike_ids", "Ids that look alike"
    groups: dict[str, list[str]] = defaultdict(list)
    for product in interactions.products.tolist():
        groups[unicodedata.normalize("NFC", product).strip().casefold().lstrip("0")].append(product)
    found = tuple(" and ".join(map(repr, ids)) for ids in groups.values() if len(ids) > 1)
    if not found:
        return Finding(code, title, Severity.OK, "No two product ids differ only in case, spaces or zeros.")
    seen = (
        f"{counted(len(found), 'group')} of product ids differ only in case, spaces or leading zeros: "
        f"{found[0]}."
    )
    advice = "Ids are compared exactly. If these are one product each, write one id in the export."
    return Finding(code, title, Severity.NOTE, seen, advice, {"groups": len(found)}, found)


def dominant_product(interactions: Interactions, table: OrderTable, products: ProductTable) -> Finding:
    """A product in most orders: often a fee, postage or a bag."""
    orders = np.bincount(interactions.product, minlength=len(interactions.products))
    at = int(orders.argmax())
    share = float(orders[at] / len(table))
    product, title = str(interactions.products[at]), str(products.records[at][c.TITLE])
    seen = f"{product} ({title}) is in {percent(share)} of the orders."
    figures: Figures = {"product_id": product, "share": round(share, 6)}
    if share <= DOMINANT_SHARE or len(table) < SMALLEST_ORDERS:
        return Finding("dominant_product", "Best seller", Severity.OK, seen, figures=figures)
    advice = "If it is postage, a deposit or a bag, leave it out of the export: it would lead every list."
    return Finding("dominant_product", "Best seller", Severity.NOTE, seen, advice, figures)


def sold_not_listed(coverage: CatalogCoverage) -> Finding:
    """Products of the orders that the catalogue does not know."""
    code, title = "sold_not_listed", "Sold, not in the catalogue"
    missing, share = coverage.sold_not_listed, coverage.sold_not_listed_share
    figures: Figures = {"products": missing, "share_lines": share}
    if not missing:
        seen = "The catalogue knows every product that was sold."
        return Finding(code, title, Severity.OK, seen, figures=figures)
    seen = (
        f"{missing:,} of {counted(coverage.sold, 'product')} sold are not in the catalogue, for example "
        f"{coverage.sold_not_listed_examples[0]}; they have {percent(share)} of the lines."
    )
    if coverage.shares_nothing:
        advice = (
            "No id matches: the catalogue names products by another id than the orders. Try --product-key "
            "sku, variant or product."
        )
    else:
        advice = (
            "They are recommended with what the orders tell of them. Discontinued ones: list them as not in "
            "stock."
        )
    severity = Severity.WARNING if share > MUCH_UNLISTED else Severity.NOTE
    return Finding(code, title, severity, seen, advice, figures, coverage.sold_not_listed_examples)


def listed_not_sold(coverage: CatalogCoverage) -> Finding:
    """Products of the catalogue that nobody bought."""
    code, title = "listed_not_sold", "In the catalogue, never sold"
    share = coverage.listed_not_sold / max(coverage.products, 1)
    figures: Figures = {"products": coverage.listed_not_sold, "share": round(share, 6)}
    seen = (
        f"{coverage.listed_not_sold:,} of {counted(coverage.products, 'product')} of the catalogue "
        f"({percent(share)}) were never sold."
    )
    if share <= MANY_UNSOLD:
        return Finding(code, title, Severity.OK, seen, figures=figures)
    seen += f" One is {coverage.listed_not_sold_examples[0]}."
    advice = (
        "Only new_arrivals and the end of the popular list show them. If they do sell, orders and catalogue "
        "name them by different ids: try --product-key."
    )
    return Finding(code, title, Severity.NOTE, seen, advice, figures, coverage.listed_not_sold_examples)


def in_stock(interactions: Interactions, products: ProductTable) -> Finding:
    """Whether what sells can be ordered: lists hold nothing else."""
    code, title = "in_stock", "In stock"
    orderable = (products.available & (products.available_from <= interactions.now))[
        : len(interactions.products)
    ]
    share = float(orderable[interactions.product].mean())
    figures: Figures = {"products": int(orderable.sum()), "share_lines": round(share, 6)}
    seen = (
        f"{orderable.sum():,} of {counted(len(orderable), 'product')} sold can be ordered now; they have "
        f"{percent(share)} of the lines."
    )
    if share >= LITTLE_IN_STOCK:
        return Finding(code, title, Severity.OK, seen, figures=figures)
    advice = "Lists hold only what can be ordered, so most will be short. Check in_stock and available_from."
    return Finding(code, title, Severity.WARNING, seen, advice, figures)


def _first_and_last(interactions: Interactions) -> tuple[np.ndarray, np.ndarray]:
    """(products,) int64 each: seconds of the first and the last sale. Rows run from oldest to newest."""
    first = np.zeros(len(interactions.products), dtype=np.int64)
    last = np.zeros(len(interactions.products), dtype=np.int64)
    first[interactions.product[::-1]] = interactions.ordered_at[::-1]
    last[interactions.product] = interactions.ordered_at
    return first, last


def _titles(products: ProductTable) -> list[str]:
    """Of the sold products; the orders' first, for the catalogue's may have changed since."""
    sold_as = products.told["title_sold"].to_list()
    return [title or products.records[number][c.TITLE] for number, title in enumerate(sold_as)]


def _sharing_a_title(titles: list[str]) -> list[list[int]]:
    """Product numbers of each title that 2 to `SAME_TITLE_AT_MOST` have; case and spaces do not matter."""
    by_title: dict[str, list[int]] = defaultdict(list)
    for number, title in enumerate(titles):
        by_title[" ".join(title.casefold().split())].append(number)
    return [ids for ids in by_title.values() if 2 <= len(ids) <= SAME_TITLE_AT_MOST]


def _successive(ids: list[int], first: np.ndarray, last: np.ndarray) -> list[tuple[int, int]]:
    """Neighbours in time of which one ends before the other begins, and not long before."""
    in_time = sorted(ids, key=lambda at: (first[at], last[at]))
    return [
        (old, new)
        for old, new in pairwise(in_time)
        if 0 < first[new] - last[old] <= HANDOVER_DAYS * SECONDS_PER_DAY
    ]


def _log_binomial(n: int, k: int) -> float:
    return float(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def _alike(a: float | None, b: float | None) -> bool:
    if not a or not b:
        return True
    return max(a, b) <= PRICE_FACTOR * min(a, b)
