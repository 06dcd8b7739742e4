"""An audience's answers as a table: a row for each product, or one for each customer for mail services.

Klaviyo takes any column that is no field of its own for a property of the profile; lists that are uploaded
must begin with `Email`. Mailchimp's names have ten characters at most, and a text 255 bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from service.exports.answers import Answers
from service.exports.request import KLAVIYO, MAILCHIMP
from service.snapshot import Snapshot
from service.store.codec import REASONS

ROW_SCHEMA = {
    "customer_id": pl.String,
    "rank": pl.Int32,
    "product_id": pl.String,
    "score": pl.Float32,
    "reason": pl.String,
    "reason_product_id": pl.String,
}

MAILCHIMP_BYTES = 255

Record = Mapping[str, Any]
Records = Mapping[int, Record]


def rows_frame(answers: Answers, snapshot: Snapshot) -> pl.DataFrame:
    """A row for each customer and product: `ROW_SCHEMA`."""
    ids = snapshot.ids
    rows = [
        (customer, rank, ids[product], score, REASONS[code], ids[of] if of >= 0 else None)
        for customer, items in answers
        for rank, (product, score, code, of) in enumerate(items, start=1)
    ]
    return pl.DataFrame(rows, schema=ROW_SCHEMA, orient="row").with_columns(pl.col("score").round(4))


def _klaviyo(place: int, product_id: str, record: Record) -> dict[str, str | None]:
    start = f"recommended_{place}_"
    return {
        f"{start}id": product_id,
        f"{start}title": record.get("title"),
        f"{start}url": record.get("url"),
        f"{start}image_url": record.get("image_url"),
        f"{start}price": _price(record),
        f"{start}currency": record.get("currency"),
    }


def _mailchimp(place: int, product_id: str, record: Record) -> dict[str, str | None]:
    price = " ".join(part for part in (_price(record), record.get("currency")) if part)
    return {
        f"REC{place}TITLE": _cut(record.get("title") or product_id),
        f"REC{place}URL": _whole(record.get("url")),
        f"REC{place}IMAGE": _whole(record.get("image_url")),
        f"REC{place}PRICE": price or None,
    }


Columns = Callable[[int, str, Record], dict[str, str | None]]

_LAYOUTS: Mapping[str, tuple[str, str, Columns]] = {
    KLAVIYO: ("Email", "External ID", _klaviyo),
    MAILCHIMP: ("Email Address", "CUSTOMERID", _mailchimp),
}
"""By layout: what the columns of the address and of the customer's id are called, and those of one place."""


def wide_frame(
    answers: Answers,
    snapshot: Snapshot,
    records: Records,
    layout: str,
    limit: int,
    emails: Mapping[str, str] | None,
) -> pl.DataFrame:
    """A row for each customer who gets anything, with columns of its own for each of the `limit` places.

    Args:
        records: of the products.
        layout: one of `KLAVIYO`, `MAILCHIMP`.
        emails: by customer; customers without one are left out. None: no column for it.
    """
    email, customer_id, columns = _LAYOUTS[layout]
    ids = snapshot.ids
    names = [name for place in range(1, limit + 1) for name in columns(place, "", {})]
    schema = dict.fromkeys([*([email] if emails is not None else []), customer_id, *names], pl.String)
    rows = []
    for customer, items in answers:
        if not items or (emails is not None and customer not in emails):
            continue
        row: dict[str, str | None] = {customer_id: customer}
        if emails is not None:
            row[email] = emails[customer]
        for place, (product, *_) in enumerate(items, start=1):
            row |= columns(place, ids[product], records.get(product, {}))
        rows.append(row)
    return pl.DataFrame(rows, schema=schema)


def _price(record: Record) -> str | None:
    price = record.get("price")
    return None if price is None else f"{price:.2f}"


def _cut(text: str) -> str:
    """So much of it as Mailchimp keeps, without half a character at the end."""
    return text.encode()[:MAILCHIMP_BYTES].decode(errors="ignore")


def _whole(address: str | None) -> str | None:
    """An address that Mailchimp keeps whole: one that is cut off leads nowhere."""
    return address if address is not None and len(address.encode()) <= MAILCHIMP_BYTES else None
