"""Which customer has which e-mail address: a CSV file of the shop's, read for an export and never kept."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

from service.exports.request import ExportRefused

CUSTOMER_ID, EMAIL = "customer_id", "email"


def read_contacts(file: Path) -> dict[str, str]:
    """E-mail address by customer id, of the columns `customer_id` and `email`; of a customer twice, the last.

    Raises:
        ExportRefused: it is no CSV in UTF-8 with these columns.
        OSError: it cannot be read.
    """
    content = file.read_bytes()
    try:
        frame = pl.read_csv(io.BytesIO(content), infer_schema=False)
        named = frame.select(CUSTOMER_ID, EMAIL).drop_nulls()
    except pl.exceptions.PolarsError as error:
        raise ExportRefused(f"{file}: needs the columns {CUSTOMER_ID} and {EMAIL}: {error}") from error
    return {customer: email.strip() for customer, email in named.iter_rows() if email.strip()}
