"""Google Merchant Center feeds in XML, after its "RSS 2.0 specification" and "Atom 1.0 specification"."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import text_file
from tests.training.catalogs import read, told
from training import columns as c
from training.catalog import read_catalog
from training.errors import InputRefused

MAY_3 = 1_777_809_600

RSS = """<?xml version="1.0"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0">
<channel>
<title>Shop</title><link>https://shop.example</link><description>All we sell</description>
{}
</channel>
</rss>"""
TEA = """<item>
<title>Tea of the RSS</title><link>https://shop.example/rss</link>
<g:id>tea-1</g:id>
<g:title>Salt &amp;amp; tea</g:title>
<g:link>https://shop.example/tea</g:link>
<g:image_link>https://shop.example/tea.jpg</g:image_link>
<g:additional_image_link>https://shop.example/tea2.jpg</g:additional_image_link>
<g:brand>Leaf</g:brand>
<g:product_type>Drinks</g:product_type>
<g:product_type>Drinks &gt; Hot &gt; Tea</g:product_type>
<g:google_product_category>2073</g:google_product_category>
<g:price>15.00 USD</g:price>
<g:sale_price>12.00 USD</g:sale_price>
<g:sale_price_effective_date>2026-05-01T00:00+0100/2026-05-31T00:00+0100</g:sale_price_effective_date>
<g:availability>preorder</g:availability>
<g:availability_date>2026-06-01T00:00Z</g:availability_date>
<g:shipping><g:country>US</g:country><g:price>6.49 USD</g:price></g:shipping>
</item>"""
MUG = "<item><g:id>mug-{0}</g:id><g:item_group_id>mug</g:item_group_id><title>Mug {0}</title>{1}</item>"


def test_an_rss_feed(tmp_path: Path) -> None:
    found = read(tmp_path, RSS.format(TEA), now=MAY_3)
    assert found.rows.drop(c.SOURCE, c.AVAILABLE_FROM).rows() == [
        (
            "tea-1",
            "Salt & tea",
            "https://shop.example/tea",
            "https://shop.example/tea.jpg",
            "Leaf",
            "Drinks > Hot > Tea",
            12.0,
            "USD",
            True,
            None,
            1,
        )
    ]


def test_an_atom_feed(tmp_path: Path) -> None:
    feed = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
    <title>Shop</title><link rel="self" href="https://shop.example"/>
    <entry><g:id>tea</g:id><title>Tea</title><link href="https://shop.example/tea"/><g:price>3 EUR</g:price>
    </entry>
    </feed>"""
    found = read(tmp_path, feed)
    assert told(found, c.TITLE, c.URL, c.PRICE, c.CURRENCY) == {
        "tea": ("Tea", "https://shop.example/tea", 3.0, "EUR")
    }


def test_variants_of_a_group(tmp_path: Path) -> None:
    feed = RSS.format(
        MUG.format("red", "<g:price>9 EUR</g:price><g:availability>out_of_stock</g:availability>")
        + MUG.format("blue", "<g:price>8 EUR</g:price><g:availability>in_stock</g:availability>")
    )
    assert told(read(tmp_path, feed), c.TITLE, c.PRICE, c.IN_STOCK) == {
        "mug-red": ("Mug red", 9.0, False),
        "mug-blue": ("Mug blue", 8.0, True),
    }
    assert told(read(tmp_path, feed, "product"), c.TITLE, c.PRICE, c.IN_STOCK) == {
        "mug": ("Mug red", 8.0, True)
    }


def test_a_bad_product_is_set_aside_with_its_number(tmp_path: Path) -> None:
    found = read(tmp_path, RSS.format(TEA + MUG.format("red", "<g:price>much</g:price>")))
    assert found.quarantine.rows.select(c.LINE, c.REASON, c.TEXT).rows() == [
        (2, "bad_price", "mug-red mug Mug red much")
    ]
    assert found.read == 2


BOMB = '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE rss [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
REMOTE = '<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/feed.dtd">'


@pytest.mark.parametrize("prologue", [BOMB, OUTSIDE, REMOTE], ids=["bomb", "external entity", "remote type"])
def test_declared_types_and_entities_are_refused(tmp_path: Path, prologue: str) -> None:
    feed = RSS.replace("<rss", f"{prologue}<rss", 1).format(TEA)
    with pytest.raises(
        InputRefused, match=r"products: declares a document type or entities .* remove the <!DOCTYPE"
    ):
        read(tmp_path, feed)


@pytest.mark.parametrize(
    "feed, why",
    [
        (RSS.format(TEA)[:-40], "is no complete XML: "),
        ("<html><body>Not found</body></html>", "is a web page"),
        ("<!DOCTYPE html><title>Not found</title>", "is a web page"),
        ("<feed/>", "has no <item> or <entry>"),
        ('<?xml version="1.0" encoding="no-such"?><rss/>', "is no complete XML: "),
    ],
    ids=["cut off", "a web page", "a web page with its type", "no product", "unknown encoding"],
)
def test_what_is_no_feed_is_refused(tmp_path: Path, feed: str, why: str) -> None:
    with pytest.raises(InputRefused, match=f"products: {why}"):
        read(tmp_path, feed)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    feed = RSS.replace("?>", f' encoding="{declared}"?>', 1).format(MUG.format("Müller", ""))
    assert told(read(tmp_path, feed.encode(encoding)), c.TITLE) == {"mug-Müller": "Mug Müller"}


def test_a_packed_feed(tmp_path: Path) -> None:
    path = text_file(tmp_path, gzip.compress(RSS.format(TEA).encode()), "feed.xml.gz")
    assert told(read_catalog([path]), c.TITLE) == {"tea-1": "Salt & tea"}


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("feed")
    try:
        found = read(folder, b"<rss><channel><item>" + content)
    except InputRefused:
        return
    assert found.read == found.rows.height + found.merged + len(found.quarantine)
