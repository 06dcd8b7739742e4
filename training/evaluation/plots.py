"""The pictures of the page. Drawn by matplotlib as SVG, the same for the same figures to the last byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training.diversity.price import Price
from training.evaluation.rolling import COMPARED, METRIC, RollingEvaluation
from training.evaluation.segments import SEGMENTS
from training.evaluation.wording import BASELINES, HEADINGS
from training.html_report.plot import FIRST, INK, SECOND, THIRD, Plot, drawn, keep_fonts_in, legend_above
from training.views import VIEWS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

YARDSTICKS = (*BASELINES, "als")
"""What most readers know; drawn in a colour of their own."""

COLOURS = (FIRST, SECOND, THIRD, INK)
"""Of the blend and the yardsticks, where each is told apart."""

FEWEST_CUSTOMERS = 10
"""Fewer make no bar: it would look as firm as the others."""

PRICE_TITLE = "What each control costs"

SEGMENT_LABELS = ("one order\nbefore", "few orders", "many orders", "slow sellers")


def draw_all(found: RollingEvaluation, cache: Path, prices: Sequence[Price] = ()) -> Iterator[Plot]:
    """Bars for each view, segments, accuracy against variety, windows, the price of diversity.

    Args:
        found: of at least one window.
        cache: where matplotlib keeps its list of fonts.
        prices: of diversity; none are drawn where there are none.
    """
    keep_fonts_in(cache)
    for view in VIEWS:
        if found.customers[view]:
            yield quality_bars(found, view)
    yield segment_bars(found)
    yield accuracy_and_coverage(found)
    if len(found.windows) > 1:
        yield quality_over_time(found)
    if prices:
        yield price_bars(prices)


def quality_title(view: str) -> str:
    """Above the bars of a view."""
    return f"{HEADINGS[view]}, model by model"


def quality_bars(found: RollingEvaluation, view: str) -> Plot:
    """NDCG@10 of every model in a view, best first, with intervals."""
    names = sorted(found.metrics, key=lambda name: found.metrics[name][view][METRIC])
    values = np.array([found.metrics[name][view][METRIC] for name in names])
    bounds = np.array([found.intervals[name][view][METRIC] for name in names])
    best = names[-1]
    alt = (
        f"{HEADINGS[view]}: {best} ranks best with {values[-1]:.3f}; "
        + ", ".join(
            f"{name} {found.metrics[name][view][METRIC]:.3f}" for name in _shown(found) if name != best
        )
        + ". The thin lines are 95 % intervals."
    )

    def draw(axes: Axes) -> None:
        rows = np.arange(len(names))
        axes.barh(rows, values, color=[_colour(name) for name in names], height=0.7)
        axes.errorbar(
            values,
            rows,
            xerr=np.maximum(np.abs(bounds.T - values), 0),
            fmt="none",
            ecolor=INK,
            elinewidth=1.2,
        )
        axes.set_yticks(rows, names)
        axes.set_ylim(-0.6, len(names) - 0.4)
        axes.set_xlim(left=0)
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x")
        axes.set_xlabel("ranking quality (NDCG@10)")

    return drawn(quality_title(view), f"quality-{view}", alt, draw, height=0.9 + 0.24 * len(names))


def segment_bars(found: RollingEvaluation) -> Plot:
    """The blend and what most readers know, by how many orders a customer has, and for slow sellers."""
    kinds = [
        (kind, label)
        for kind, label in zip((*SEGMENTS, "tail"), SEGMENT_LABELS, strict=True)
        if found.segments[_shown(found)[0]]["all"][kind].customers >= FEWEST_CUSTOMERS
    ]
    shown = _shown(found)
    alt = "; ".join(
        f"{label.replace(chr(10), ' ')}: "
        + ", ".join(f"{name} {found.segments[name]['all'][kind].mean:.3f}" for name in shown)
        for kind, label in kinds
    )

    def draw(axes: Axes) -> None:
        width = 0.8 / len(shown)
        for at, name in enumerate(shown):
            figures = [found.segments[name]["all"][kind] for kind, _ in kinds]
            means = np.array([figure.mean for figure in figures])
            bounds = np.array([(figure.low, figure.high) for figure in figures])
            place = np.arange(len(kinds)) + (at - (len(shown) - 1) / 2) * width
            colour = COLOURS[at]
            axes.bar(place, means, width=0.9 * width, color=colour, label=name)
            axes.errorbar(place, means, yerr=np.abs(bounds.T - means), fmt="none", ecolor=INK, elinewidth=1)
        axes.set_xticks(np.arange(len(kinds)), [label for _, label in kinds])
        axes.set_ylabel("NDCG@10; recall@10 of\nslow sellers")
        legend_above(axes, 1.28)

    return drawn("Who is served well", "segments", f"{alt}. With 95 % intervals.", draw, height=3.1)


def accuracy_and_coverage(found: RollingEvaluation) -> Plot:
    """What a model shows of the shop, against how well it ranks."""
    points = {
        name: (100 * (found.beyond[name]["all"]["coverage@10"] or 0), found.metrics[name]["all"][METRIC])
        for name in found.metrics
    }
    named = _shown(found)
    alt = "; ".join(
        f"{name} shows {points[name][0]:.1f} % of the products at {points[name][1]:.3f}" for name in named
    )

    def draw(axes: Axes) -> None:
        others = np.array([point for name, point in points.items() if name not in named]).reshape(-1, 2)
        if len(others):
            axes.scatter(others[:, 0], others[:, 1], s=34, facecolor="none", edgecolor=INK, label="others")
        for name, colour in zip(named, COLOURS, strict=False):
            axes.scatter(*points[name], s=64, color=colour, label=name, zorder=3)
        axes.set_xlim(left=-2)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("% of the products in anybody's ten")
        axes.set_ylabel("NDCG@10, all purchases")
        legend_above(axes, 1.28)

    alt = f"{alt}. Up and to the right is better; the rings are the other models."
    return drawn("Accuracy and variety", "variety", alt, draw, height=3.1)


def quality_over_time(found: RollingEvaluation) -> Plot:
    """NDCG@10 over all purchases in each window."""
    shown = _shown(found)
    ends = [datetime.fromtimestamp(window.end, UTC).strftime("%d %b %Y") for window in found.windows]
    lines = {name: [window.metrics[name]["all"][METRIC] for window in found.windows] for name in shown}
    alt = "; ".join(f"{name}: {', '.join(f'{value:.3f}' for value in line)}" for name, line in lines.items())

    def draw(axes: Axes) -> None:
        for (name, line), colour in zip(lines.items(), COLOURS, strict=False):
            axes.plot(ends, line, marker="o", color=colour, linewidth=2, label=name)
        axes.margins(x=0.12)  # the first date would stand on the axis of figures
        axes.set_ylim(bottom=0)
        axes.set_ylabel("NDCG@10, all purchases")
        axes.set_xlabel("window up to")
        legend_above(axes, 1.28)

    return drawn("Window by window", "windows", f"{alt}, oldest window first.", draw, height=3.1)


def price_bars(prices: Sequence[Price]) -> Plot:
    """By how many percent each diversity control changes NDCG@10, list by list."""
    by_list: dict[str, list[Price]] = {}
    for price in prices:
        if price.kept is not None and price.setting != prices[0].setting:
            by_list.setdefault(price.placement, []).append(price)
    settings = [price.setting for price in next(iter(by_list.values()), [])]
    alt = "; ".join(
        f"{placement}: "
        + ", ".join(f"{price.setting} {100 * ((price.kept or 0) - 1):+.1f} %" for price in of_list)
        for placement, of_list in by_list.items()
    )

    def draw(axes: Axes) -> None:
        width = 0.8 / max(len(by_list), 1)
        for at, (placement, of_list) in enumerate(by_list.items()):
            place = np.arange(len(of_list)) + (at - (len(by_list) - 1) / 2) * width
            change, low, high = (
                np.array([100 * getattr(price, name) / (price.ndcg - price.change) for price in of_list])
                for name in ("change", "low", "high")
            )
            axes.barh(place, change, height=0.9 * width, color=(FIRST, SECOND)[at], label=placement)
            beside = (change - low, high - change)
            axes.errorbar(change, place, xerr=beside, fmt="none", ecolor=INK, elinewidth=1)
        axes.set_yticks(np.arange(len(settings)), settings)
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x")
        axes.set_xlabel("change of ranking quality (NDCG@10), %")
        legend_above(axes, 1.12, columns=2)

    return drawn(
        PRICE_TITLE, "diversity", f"{alt}. With 95 % intervals.", draw, height=1.2 + 0.34 * len(settings)
    )


def _shown(found: RollingEvaluation) -> list[str]:
    """The blend and the yardsticks, as far as they were judged; else the first model."""
    return [name for name in (COMPARED, *YARDSTICKS) if name in found.metrics] or list(found.metrics)[:1]


def _colour(name: str) -> str:
    if name == COMPARED:
        return FIRST
    return SECOND if name in YARDSTICKS else THIRD
