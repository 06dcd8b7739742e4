"""Canonical orders without a column `customer_id`: the address in `email` alone tells who bought."""

from __future__ import annotations

from training import columns as c
from training.connectors import canonical

NAME = canonical.NAME

REQUIRED = tuple(c.EMAIL if name == c.CUSTOMER_ID else name for name in c.ORDER_REQUIRED)

column_names = canonical.column_names
file_name = canonical.file_name
adapter = canonical.adapter
