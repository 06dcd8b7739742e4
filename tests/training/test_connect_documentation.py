"""docs/connect says what the code does."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.builders import text_file
from tests.needs import REPOSITORY
from training.cleaning import clean
from training.connectors import magento_json, shopify_json, woocommerce_json
from training.connectors.platform_lines import email_hash
from training.reading import read_orders

FOLDER = REPOSITORY / "docs" / "connect"


def page(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name, outcome",
    [
        ("shopify.md", (3, 2, 0, {"refunded": 1})),
        ("woocommerce.md", (2, 1, 0, {"part_of_bundle": 1})),
        ("magento.md", (3, 1, 1, {"counted_with_parent": 1})),
    ],
)
def test_the_first_example_of_each_page_ends_as_told(
    name: str, outcome: tuple[int, int, int, dict[str, int]], tmp_path: Path
) -> None:
    example = page(name).split("```\n")[1]
    accounting = clean(read_orders([text_file(tmp_path, example, "orders")])).accounting
    assert (accounting.read, accounting.kept, accounting.merged, accounting.ignored) == outcome


STATES = {
    "shopify.md": shopify_json.STATUSES,
    "woocommerce.md": woocommerce_json.STATUSES,
    "magento.md": magento_json.STATUSES,
}


@pytest.mark.parametrize(
    "name, state", [(name, state) for name, states in STATES.items() for state in states]
)
def test_every_state_is_documented(name: str, state: str) -> None:
    assert f"`{state}`" in page(name)


@pytest.mark.parametrize(
    "reason",
    [
        *("not_a_product", "gift_card", "tip", "part_of_bundle", "counted_with_parent", "test_order"),
        *(
            "draft_order",
            "empty_order",
            "not_an_order",
            "malformed_order",
            "parent_missing",
            "unknown_status",
        ),
    ],
)
def test_every_reason_of_a_platform_is_documented(reason: str) -> None:
    assert f"| `{reason}` |" in page("README.md")


def test_the_hash_of_an_address_is_the_one_told() -> None:
    (hashed,) = email_hash(pl.Series([" Ann@Example.com"]))
    assert f"`{hashed}`" in page("README.md")


def test_every_page_is_in_the_index() -> None:
    index = page("README.md")
    assert [path.name for path in sorted(FOLDER.glob("*.md")) if f"({path.name}" not in index] == [
        "README.md"
    ]
