"""matplotlib's SVG files made fit to stand in a page: its colours, its ids, and words for the blind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"

_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def inline(svg: str, name: str, alt: str, colours: Mapping[str, str]) -> str:
    """One `<svg>` element for an HTML page.

    Args:
        svg: as matplotlib wrote it.
        name: goes before every id: several plots stand in one page.
        alt: what the picture shows, read out to who cannot see it.
        colours: what stands in the place of each colour (`#rrggbb`), so that the page's own apply.
    """
    root = ElementTree.fromstring(svg)
    for unwanted in root.findall(f"{{{SVG}}}metadata"):
        # It names the program and its home page: nothing in the page may lead outside.
        root.remove(unwanted)
    for element in root.iter():
        for attribute, value in list(element.attrib.items()):
            element.set(attribute, _rewritten(attribute, value, name, colours))
    # The page gives the size; the proportions are in viewBox.
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, None)
    root.set("role", "img")
    root.set("aria-label", alt)
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    return ElementTree.tostring(root, encoding="unicode")


def _rewritten(attribute: str, value: str, name: str, colours: Mapping[str, str]) -> str:
    if attribute == "id":
        return f"{name}-{value}"
    if attribute == f"{{{XLINK}}}href" and value.startswith("#"):
        return f"#{name}-{value[1:]}"
    value = _REFERENCE.sub(rf"url(#{name}-\1)", value)
    for theirs, ours in colours.items():
        value = value.replace(theirs, ours)
    return value
