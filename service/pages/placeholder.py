"""Drawn pictures for products that have none: a colour for the category, a pictogram or initials.

The same product always gets the same picture.
"""

from __future__ import annotations

import re
import zlib

from flask import render_template

from service.pages.cards import Record, short_title
from service.pages.pictograms import PATHS, pictogram_of

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What an XML document may not hold, escaped or not; one such character and nothing is drawn."""


def placeholder_svg(product_id: str, record: Record) -> str:
    """The picture of a product as an SVG document."""
    title = _NOT_XML.sub("", short_title(product_id, record))
    category = record.get("category")
    pictogram = pictogram_of(title, category)
    return render_template(
        "placeholder.svg",
        title=title,
        hue=zlib.crc32((category or product_id).encode()) % 360,
        path=PATHS[pictogram] if pictogram else None,
        initials=_initials(title),
    )


def _initials(title: str) -> str:
    words = re.findall(r"\w+", title)
    return "".join(word[0] for word in words[:2]).upper() or "?"
