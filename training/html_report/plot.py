"""Pictures of reports. Drawn by matplotlib as SVG, the same for the same figures to the last byte."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.html_report.svg import inline

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Colours that stand for roles: the page exchanges them for its own, which follow light and dark.
INK, FAINT, FIRST, SECOND, THIRD = "#010101", "#020202", "#030303", "#040404", "#050505"
ROLES = {
    INK: "var(--muted)",
    FAINT: "var(--line)",
    FIRST: "var(--bar)",
    SECOND: "var(--bar-2)",
    THIRD: "var(--bar-3)",
}

WIDTH, HEIGHT = 5.2, 2.7
"""Inches of 72 units: about as wide as a phone, so that letters there are as large as drawn."""

SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 10.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.transparent": True,
    "legend.frameon": False,
}


@dataclass(frozen=True)
class Plot:
    """One picture.

    Attributes:
        title: above it.
        svg: an `<svg>` element.
        alt: what it shows, in words; stands below it, too.
    """

    title: str
    svg: str
    alt: str


def keep_fonts_in(cache: Path) -> None:
    """Where matplotlib keeps its list of fonts.

    It is read at import, which takes a second: to be called before the first picture, and by nobody who
    draws nothing.
    """
    os.environ.setdefault("MPLCONFIGDIR", str(cache))


def drawn(title: str, name: str, alt: str, draw: Callable[[Axes], None], height: float = HEIGHT) -> Plot:
    """One picture.

    Args:
        name: goes before its ids; another one for each picture of a page.
        alt: what it shows, in words.
        draw: onto the axes, which are there already.
        height: inches.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(SETTINGS | {"svg.hashsalt": name}):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        axes = figure.add_subplot()
        draw(axes)
        axes.tick_params(length=0)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    return Plot(title, inline(file.getvalue(), name, alt, ROLES), alt)


def legend_above(axes: Axes, by: float, columns: int = 3) -> None:
    """Above the picture, where it hides nothing.

    Args:
        by: where its upper edge is, in heights of the picture.
        columns: it has.
    """
    axes.legend(loc="upper left", ncols=columns, bbox_to_anchor=(0, by), borderaxespad=0, handlelength=1)
