"""What the shop sells: read from its catalogue, completed from its orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from training import columns as c
from training.catalog_reading import CatalogOptions, read_offers
from training.catalog_roll_up import one_row_a_product
from training.connectors.catalog_rows import OFFER_SCHEMA
from training.connectors.database_address import is_address, shown
from training.connectors.fields import check_timezone
from training.connectors.platform_lines import IdKeys
from training.connectors.source_file import guesses, source_files
from training.errors import InputRefused, UsageError
from training.quarantine import Quarantine, listed, require_at_most

AS_FOUND = IdKeys()

UNKNOWN_DATE = 0
"""`available_from` of a product that was never sold and whose date nobody tells: the oldest there is."""


@dataclass(frozen=True, eq=False)
class ProductTable:
    """Every product that the service knows: those sold, as the orders number them, then the unsold.

    Attributes:
        product_ids: (products,) ids; the first are `Interactions.products`, the rest sorted.
        records: (products,) dicts of `columns.PRODUCT_FIELDS`, ready for JSON; None where nobody tells.
            Titles are never None: without any, the id stands in.
        told: what the orders tell of the sold products (`told_by_orders`), for catalogues to come.
        listed: (products,) bool: whether the catalogue has a row of it.
        available_from: (products,) int64 seconds since 1970 UTC.
        available: (products,) bool: can be ordered now, as far as the catalogue tells.
    """

    product_ids: np.ndarray
    records: list[dict[str, Any]]
    told: pl.DataFrame
    listed: np.ndarray
    available_from: np.ndarray
    available: np.ndarray

    def __len__(self) -> int:
        return len(self.product_ids)


@dataclass(frozen=True, eq=False)
class Catalog:
    """The shop's catalogue as read; empty if there is none.

    Attributes:
        rows: `CATALOG_SCHEMA`, one row a product.
        quarantine: the bad rows. They take no product away: what is sold stays, without their fields.
        ignored: rows by the reason why they are no product of their own.
        offers: good rows, variants and their products each counted.
        files: names of the files, in the order read; none where no catalogue was named.
        notes: what was guessed about files, for whoever sent them.
    """

    rows: pl.DataFrame
    quarantine: Quarantine
    ignored: dict[str, int]
    offers: int
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def merged(self) -> int:
        """Rows that went into another: variants of one product, rows that a later one replaces."""
        return self.offers - self.rows.height

    @property
    def read(self) -> int:
        """Rows read, bad ones included."""
        return self.offers + sum(self.ignored.values()) + len(self.quarantine)

    @property
    def emptiness(self) -> str | None:
        """Why a catalogue that was named holds no product; None where it holds some, or none was named."""
        if not self.files or not self.rows.is_empty():
            return None
        refused = listed(self.ignored | self.quarantine.counts())
        why = f"none of its {self.read} rows is one: {refused}" if self.read else "it has no rows"
        return f"{', '.join(self.files)}: no product, {why}"

    def require_usable(self, max_quarantined: float) -> None:
        """Raises `InputRefused` if more than this share of the rows is bad, or no product is left."""
        require_at_most(max_quarantined, self.quarantine.counts(), self.read, "catalogue rows")
        if self.emptiness:
            raise InputRefused(f"{self.emptiness}; export the products again, see docs/catalog.md")

    def for_products(self, products: Sequence[str] | np.ndarray, lines: pl.DataFrame) -> ProductTable:
        """Describe all products, sold or not; arguments as of `told_by_orders`."""
        return self.completed_by(told_by_orders(products, lines))

    def completed_by(self, told: pl.DataFrame) -> ProductTable:
        """Describe all products, sold or not; `told` as `told_by_orders` gives it."""
        sold = told.select(c.PRODUCT_ID)
        unsold = self.rows.select(c.PRODUCT_ID).join(sold, on=c.PRODUCT_ID, how="anti").sort(c.PRODUCT_ID)
        table = (
            pl.concat([sold, unsold])
            .join(
                self.rows.with_columns(pl.lit(True).alias("listed")),
                on=c.PRODUCT_ID,
                how="left",
                maintain_order="left",
            )
            .join(told, on=c.PRODUCT_ID, how="left", maintain_order="left", suffix="_sold")
            .with_columns(
                # A price of the catalogue never has the currency of a price of some order.
                pl.when(pl.col(c.PRICE).is_null())
                .then("currency_sold")
                .otherwise(pl.coalesce(c.CURRENCY, pl.lit(self._only_currency(told))))
                .alias(c.CURRENCY),
                pl.coalesce(c.PRICE, "price_sold").alias(c.PRICE),
                pl.coalesce(c.TITLE, "title_sold", c.PRODUCT_ID).alias(c.TITLE),
                pl.coalesce(c.AVAILABLE_FROM, "first_sold"),
                pl.col(c.IN_STOCK).fill_null(True),
                pl.col(c.TAGS)
                .str.replace_all(";", ",")
                .str.split(",")
                .list.eval(pl.element().str.strip_chars()),
            )
        )
        available_from = table[c.AVAILABLE_FROM].dt.epoch("s").fill_null(UNKNOWN_DATE)
        iso_8601 = pl.col(c.AVAILABLE_FROM).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        return ProductTable(
            product_ids=table[c.PRODUCT_ID].to_numpy().astype(object),
            records=table.with_columns(iso_8601).select(c.PRODUCT_FIELDS).to_dicts(),
            told=told,
            listed=table["listed"].fill_null(False).to_numpy(),
            available_from=available_from.to_numpy().astype(np.int64),
            available=table[c.IN_STOCK].to_numpy().astype(bool),
        )

    def _only_currency(self, told: pl.DataFrame) -> str | None:
        """That of a shop which knows one only: its orders name it, its catalogue has no need to."""
        currencies = told["currency_sold"].drop_nulls().unique()
        named = self.rows[c.CURRENCY].null_count() < self.rows.height
        return None if named or len(currencies) != 1 else str(currencies.item())


def read_catalog(
    sources: Sequence[str], *, timezone: str = "UTC", keys: IdKeys = AS_FOUND, now: int | None = None
) -> Catalog:
    """Read a catalogue: canonical, or a feed or an export as `training.catalog_reading` knows them.

    Args:
        sources: files, globs or `-`; rows of later ones replace earlier ones. None: an empty catalogue.
        timezone: IANA name of the zone of times that name none.
        keys: which of a platform's ids names a product, the same as for the orders.
        now: seconds since 1970 UTC, by which it is told whether a sale is on; None: those with a period
            are not.

    Raises:
        UsageError: an unknown zone, an address in place of a file, or a file without the ids that `keys` ask
            for.
        InputRefused: a file that is missing, unreadable, empty, or has no product ids.
    """
    check_timezone(timezone)
    for source in sources:
        if is_address(source):
            raise UsageError(f"{shown(source)}: a catalogue is read from files; save what is there as one")
    options = CatalogOptions(timezone, keys.product, now)
    with source_files(sources) as files:
        parts = [part for file in files for part in read_offers(file, options)]
        notes = guesses(files)
    offers = pl.concat([pl.DataFrame(schema=OFFER_SCHEMA), *(good for good, _ in parts)])
    counted = offers.filter(pl.col(c.IGNORED).is_null())
    ignored = offers[c.IGNORED].drop_nulls().value_counts(sort=True)
    return Catalog(
        rows=one_row_a_product(counted, keys.product),
        quarantine=Quarantine.of(bad for _, bad in parts),
        ignored=dict(ignored.iter_rows()),
        offers=counted.height,
        files=tuple(file.name for file in files),
        notes=notes,
    )


def told_by_orders(products: Sequence[str] | np.ndarray, lines: pl.DataFrame) -> pl.DataFrame:
    """What stands in where a catalogue does not tell.

    Args:
        products: the ids of `Interactions.products`, in that order.
        lines: clean order lines, oldest first.

    Returns:
        A row for each of the products: product_id, title_sold (the most frequent), price_sold and
        currency_sold (the latest price above 0), first_sold.
    """
    titles = (
        lines.filter(pl.col(c.TITLE).is_not_null())
        .group_by(c.PRODUCT_ID, c.TITLE)
        .len("uses")
        .sort("uses", c.TITLE, descending=[True, False])
        .unique(c.PRODUCT_ID, keep="first", maintain_order=True)
        .select(c.PRODUCT_ID, pl.col(c.TITLE).alias("title_sold"))
    )
    order = (c.ORDERED_AT, c.ORDER_ID)
    priced = lines.select(c.PRODUCT_ID, *order, c.UNIT_PRICE, c.CURRENCY).filter(pl.col(c.UNIT_PRICE) > 0)
    last = priced.group_by(c.PRODUCT_ID).agg(pl.col(*order).last())
    prices = (
        priced.join(last, on=last.columns, how="semi")
        # An order may have one product at several prices.
        .sort(c.UNIT_PRICE)
        .group_by(c.PRODUCT_ID)
        .agg(
            pl.col(c.UNIT_PRICE).last().round(2).alias("price_sold"),
            pl.col(c.CURRENCY).last().alias("currency_sold"),
        )
    )
    first = lines.group_by(c.PRODUCT_ID).agg(pl.col(c.ORDERED_AT).min().alias("first_sold"))
    sold = pl.DataFrame({c.PRODUCT_ID: pl.Series(list(products), dtype=pl.String)})
    for told in (titles, prices, first):
        sold = sold.join(told, on=c.PRODUCT_ID, how="left", maintain_order="left")
    return sold
