"""Google Merchant Center feeds in XML: RSS 2.0 and Atom, an element a product, read one after the other.

Entities and document types are refused: no feed needs them, and a few lines of them can fill all memory
or read other files.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from training.connectors.catalog_rows import NAMES
from training.connectors.categories import deepest
from training.connectors.detection import is_html
from training.connectors.source_file import SourceFile
from training.connectors.table_file import Batch, Record, in_batches

GOOGLE = "{http://base.google.com/ns/1.0}"
ATOM = "{http://www.w3.org/2005/Atom}"
PRODUCTS = ("item", f"{ATOM}entry")
PRODUCT_TYPE = "product_type"


def is_xml(file: SourceFile) -> bool:
    """Whether a file's first bytes are those of XML."""
    with file.open() as stream:
        start = stream.read(4_096).removeprefix(codecs.BOM_UTF8).lstrip()
    return start.startswith(b"<") and not is_html(start)


def batches(file: SourceFile) -> Iterator[Batch]:
    """All products, with the columns of `NAMES`; the line of a product is its number, from 1.

    Raises:
        InputRefused: no XML, cut off, no product in it, or with a document type or entities.
    """
    # XML tells its encoding itself.
    with file.open_raw() as stream:
        yield from in_batches(file, _records(file, stream), tuple(NAMES))


def _records(file: SourceFile, stream: Any) -> Iterator[Record]:
    number = 0
    try:
        for number, product in enumerate(_products(stream), start=1):
            told = _elements(product)
            cells = [next((told[one] for one in theirs if one in told), None) for theirs in NAMES.values()]
            text = " ".join(filter(None, map(str.strip, product.itertext())))
            yield number, text, cells, None
    except DefusedXmlException as error:
        raise file.refused(
            f"declares a document type or entities ({type(error).__name__}), which may be an attack; "
            "remove the <!DOCTYPE …>, which no product feed needs"
        ) from error
    except (ParseError, LookupError, ValueError) as error:
        raise file.refused(f"is no complete XML: {error}; make the feed again") from error
    if not number:
        raise file.refused("has no <item> or <entry>; save the feed as RSS 2.0, Atom or TSV")


def _products(stream: Any) -> Iterator[Element]:
    """The elements of products; each is forgotten when the next is asked for, and all else at once."""
    path: list[Element] = []
    within = 0
    for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
        is_product = element.tag in PRODUCTS
        if event == "start":
            path.append(element)
            within += is_product
            continue
        path.pop()
        within -= is_product
        if within:
            continue
        if is_product:
            yield element
        if path:
            path[-1].remove(element)


def _elements(product: Element) -> dict[str, str]:
    """Name → text; Google's own elements before those of RSS and Atom, the first of several."""
    plain: dict[str, str] = {}
    google: dict[str, str] = {}
    for child in product:
        name = str(child.tag).rpartition("}")[2].lower()
        text = child.text or child.get("href") or ""
        if text.strip():
            (google if str(child.tag).startswith(GOOGLE) else plain).setdefault(name, text)
    types = [child.text or "" for child in product.findall(f"{GOOGLE}{PRODUCT_TYPE}")]
    category = deepest(path.split(">") for path in types)
    return plain | google | ({PRODUCT_TYPE: category} if category else {})
