"""Orders of a small shop for tests, before anybody wrote them down, and what writing them needs."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

Status = Literal["completed", "pending", "cancelled", "refunded"]
Record = dict[str, Any]


@dataclass(frozen=True)
class ShopLine:
    """One line of an order.

    Attributes:
        price: what was paid for one, as text with two decimals.
        product, variant: the platform's ids; a variant of None: the product has none.
        returned: units that came back when the order last changed; in an order that stands.
    """

    sku: str
    quantity: int = 1
    price: str = "2.50"
    product: int = 1
    variant: int | None = None
    title: str = "Tea"
    returned: int = 0


@dataclass(frozen=True)
class ShopOrder:
    """One order as it is now.

    Attributes:
        customer: the platform's id; None: bought as a guest.
        email: the address; None where nobody gave one (orders at a till).
        ordered_at, changed_at: in UTC, whole seconds.
    """

    number: int
    lines: tuple[ShopLine, ...]
    ordered_at: datetime
    customer: int | None = None
    email: str | None = None
    status: Status = "completed"
    currency: str = "EUR"
    changed_at: datetime = field(default=datetime(2030, 1, 1, tzinfo=UTC))


def customer_hash(email: str | None) -> str | None:
    """What an address becomes in `customer_id`."""
    return None if email is None else hashlib.sha256(email.strip().lower().encode()).hexdigest()


def item_id(order: ShopOrder, at: int) -> int:
    return order.number * 1_000 + at + 1


def iso(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def naive(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"


def table(rows: Sequence[Record], path: Path, delimiter: str, header: Sequence[str] = ()) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(header or rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def json_file(value: object, path: Path) -> str:
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)


def json_lines(values: Sequence[Record], path: Path) -> str:
    path.write_text("".join(f"{json.dumps(value)}\n" for value in values), encoding="utf-8")
    return str(path)
