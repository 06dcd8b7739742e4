"""What the pages on connecting a shop tell of its catalogue is what comes out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.needs import REPOSITORY
from tests.training.catalogs import read, told
from training import columns as c

NOON_OF_MAY_3 = 1_777_809_600


def page(name: str) -> str:
    return (REPOSITORY / "docs/connect" / f"{name}.md").read_text(encoding="utf-8")


def example(name: str) -> str:
    return page(name).split("## The catalogue\n")[1].split("```\n")[1]


@pytest.mark.parametrize(
    "name, together, products",
    [
        (
            "shopify",
            2,
            {
                "TEA-GREEN": ("Green tea – 100 g", 3.5, True),
                "TEA-GREEN-250": ("Green tea – 250 g", 7.9, False),
                "HONEY": ("Honey", 6.0, False),
            },
        ),
        (
            "woocommerce",
            2,
            {
                "TEA-100": ("Green tea – 100 g", 3.2, True),
                "TEA-250": ("Green tea – 250 g", 7.9, False),
                "HONEY": ("Honey", 6.0, False),
            },
        ),
        (
            "magento",
            2,
            {
                "SHIRT-RED": ("Shirt – Red", 15.0, True),
                "SHIRT-BLUE": ("Shirt – Blue", 12.0, False),
                "MAT": ("Mat", 30.0, False),
            },
        ),
    ],
)
def test_the_example_of_each_page(
    tmp_path: Path, name: str, together: int, products: dict[str, tuple[str, float, bool]]
) -> None:
    assert told(read(tmp_path, example(name)), c.TITLE, c.PRICE, c.IN_STOCK) == products
    assert read(tmp_path, example(name), "product").rows.height == together


def test_the_example_of_a_feed(tmp_path: Path) -> None:
    feed = page("google").split("```xml\n")[1].split("```")[0]
    found = read(tmp_path, feed, now=NOON_OF_MAY_3)
    assert told(found, c.TITLE, c.PRICE, c.CATEGORY) == {"mug-red": ("Mug, red", 8.0, "Kitchen > Mugs")}
