"""What a pull stored is read like the documents that it came from."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.needs import SHARED, needs_shared
from tests.training.pull.shop_servers import magento_order, shopify_order, woocommerce_order
from training import columns as c
from training.connectors import magento_json, shopify_json, woocommerce_json
from training.connectors.document_layout import DocumentLayout, Json
from training.connectors.platform_lines import PLATFORM_SCHEMA, IdKeys
from training.connectors.pulled_lines import SCHEMA, without_emails
from training.errors import InputRefused
from training.reading import ReadingOptions, read_orders

CHANGED = "2026-02-01T08:00:00"
SAMPLES = SHARED / "data/platforms"
KEYS = [IdKeys(), IdKeys(product="variant"), IdKeys(product="product", customer="email")]


def stored(layout: DocumentLayout, *documents: Json) -> pl.DataFrame:
    """The lines of the documents as a pull stores them."""
    lines = [
        {**line, c.COPY: copy} for copy, one in enumerate(documents, 1) for line in layout.order_lines(one)
    ]
    return without_emails(pl.DataFrame(lines, schema=PLATFORM_SCHEMA))


def assert_alike(folder: Path, layout: DocumentLayout, keys: IdKeys, *documents: Json) -> None:
    """The same orders from a pull's file and from a file of documents."""
    pulled, exported = folder / "part.parquet", folder / "orders.json"
    stored(layout, *documents).write_parquet(pulled)
    exported.write_text(json.dumps(documents))
    options = ReadingOptions(keys=keys)
    ours, theirs = (read_orders([str(file)], options).lines for file in (pulled, exported))
    assert_frame_equal(ours.drop(c.SOURCE, c.LINE), theirs.drop(c.SOURCE, c.LINE))
    assert ours.height > 0


@pytest.mark.parametrize("keys", KEYS)
def test_pulled_orders_are_those_of_the_documents(tmp_path, keys):
    assert_alike(tmp_path, shopify_json, keys, shopify_order(1, CHANGED), shopify_order(2, CHANGED))
    assert_alike(
        tmp_path, woocommerce_json, keys, woocommerce_order(1, CHANGED), woocommerce_order(2, CHANGED)
    )
    assert_alike(tmp_path, magento_json, keys, magento_order(1, CHANGED), magento_order(2, CHANGED))


@needs_shared
@pytest.mark.parametrize("keys", KEYS)
def test_pulled_samples_of_the_platforms_are_those_of_the_documents(tmp_path, keys):
    shopify = json.loads((SAMPLES / "shopify/admin_rest_orders.json").read_text())["orders"]
    woocommerce = json.loads((SAMPLES / "woocommerce/orders_list.json").read_text())
    magento = json.loads((SAMPLES / "magento/order_3.json").read_text())
    assert_alike(tmp_path, shopify_json, keys, *shopify)
    assert_alike(tmp_path, woocommerce_json, keys, *woocommerce)
    assert_alike(tmp_path, magento_json, keys, magento)


def test_an_address_is_stored_as_its_hash_however_it_is_written():
    emails = ["ann@shop.example", " Ann@Shop.example ", None]
    lines = pl.DataFrame({**dict.fromkeys(PLATFORM_SCHEMA), c.CUSTOMER_EMAIL: emails}, schema=PLATFORM_SCHEMA)
    rows = without_emails(lines)
    assert rows.schema == pl.Schema(SCHEMA)
    # printf %s ann@shop.example | sha256sum
    known = "6a0bf011a1fc1e9a8add1728704b8ddb5d9d2701ae295a65452d9f1f1cf91be5"
    assert rows[c.CUSTOMER_EMAIL_SHA256].to_list() == [known, known, None]


def test_a_file_that_lacks_a_column_is_refused_by_its_name(tmp_path):
    file = tmp_path / "part.parquet"
    stored(shopify_json, shopify_order(1, CHANGED)).drop(c.VARIANT_ID).write_parquet(file)
    with pytest.raises(InputRefused, match="has no column variant_id"):
        read_orders([str(file)])


def test_rows_that_are_no_order_lines_are_quarantined(tmp_path):
    file = tmp_path / "part.parquet"
    order = shopify_order(1, CHANGED) | {"created_at": "yesterday"}
    stored(shopify_json, order).write_parquet(file)
    staged = read_orders([str(file)])
    assert staged.quarantine.counts() == {"bad_ordered_at": 1}
    assert "ann@" not in staged.quarantine.rows[c.TEXT][0]
