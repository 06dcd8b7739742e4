"""Drawn pictures: the same for the same product, and sound XML whatever the title."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
import redis
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from service.app import create_app
from service.pages.pictograms import PATHS, pictogram_of
from service.pages.placeholder import placeholder_svg
from service.settings import Settings
from tests.published import PRODUCTS, publish, record

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    return create_app(Settings(redis_url=f"unix://{folder}/no.sock", data_dir=folder))


def drawn(app, product_id: str, record: dict) -> ElementTree.Element:
    with app.test_request_context():
        return ElementTree.fromstring(placeholder_svg(product_id, record))


def test_a_picture_is_served_and_kept_long(shop: FlaskClient):
    response = shop.get("/demo/placeholder/p0.svg")
    assert response.mimetype == "image/svg+xml"
    assert response.cache_control.max_age == 30 * 86_400
    root = ElementTree.fromstring(response.data)
    assert root.findtext(f"{SVG}title") == "Product 0"
    assert shop.get("/demo/placeholder/p0.svg").data == response.data


def test_a_hostile_title_is_only_text(visitor: FlaskClient, store: redis.Redis):
    hostile = '</title><script>alert(1)</script>&"\x00\ud7ff\ufffe'
    records = [record(index) | {"title": hostile} for index in range(len(PRODUCTS))]
    publish(store, records=records, demo=True)
    root = ElementTree.fromstring(visitor.get("/demo/placeholder/p0.svg").data)
    assert root.findtext(f"{SVG}title") == '</title><script>alert(1)</script>&"\ud7ff'
    assert root.find(f".//{SVG}script") is None


@given(title=st.text(), category=st.none() | st.text(), product_id=st.text(min_size=1))
def test_any_record_gives_sound_xml(app, title: str, category: str | None, product_id: str):
    assert drawn(app, product_id, {"title": title, "category": category}).tag == f"{SVG}svg"


def test_a_category_has_one_colour(app):
    def colour(product_id: str, category: str) -> str | None:
        return drawn(app, product_id, {"title": "x", "category": category}).find(f"{SVG}rect").get("fill")

    assert colour("1", "Drinks > Tea") == colour("2", "Drinks > Tea")
    assert colour("1", "Drinks > Tea") != colour("1", "Bakery > Bread")


def test_what_no_pictogram_fits_gets_initials(app):
    root = drawn(app, "1", {"title": "Ribbons and Bows", "category": "Other > Sundries"})
    assert root.find(f"{SVG}path") is None
    assert root.findtext(f"{SVG}text") == "RA"


@pytest.mark.parametrize(
    "title, category, name",
    [
        ("Deep Dish, 12 oz", "Grocery > Frozen Pizza", "pizza"),
        ("Milk Chocolate", "Grocery > Candy - Packaged", "candy"),
        ("Gasoline-Regular Unleaded", None, "fuel"),
        ("Cans for cats", "Pets > Cat Food", "paw"),
        ("Something", "Sundries", None),
        ("", None, None),
    ],
)
def test_the_innermost_category_names_the_pictogram(title: str, category: str | None, name: str | None):
    assert pictogram_of(title, category) == name
    assert name is None or name in PATHS
