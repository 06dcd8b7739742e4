"""Prices and currencies: no model reads them, but shoppers do."""

from __future__ import annotations

import polars as pl

from training import columns as c
from training.doctor.findings import Figures, Finding, Severity, counted, percent

RARE = 0.01
MANY_FREE = 0.2


def currencies(lines: pl.DataFrame) -> Finding:
    """Whether all prices are in one currency."""
    code, title = "currencies", "Currencies"
    by_currency = (
        lines.group_by(pl.col(c.CURRENCY).cast(pl.String))
        .len("lines")
        .sort("lines", c.CURRENCY, descending=[True, False])
    )
    counts: dict[str, int] = {currency or "none": rows for currency, rows in by_currency.iter_rows()}
    figures: Figures = {**counts}
    shares = tuple(f"{currency} {percent(rows / lines.height)}" for currency, rows in counts.items())
    if len(counts) == 1:
        (only,) = counts
        seen = "No currency is named." if only == "none" else f"All prices are in {only}."
        return Finding(code, title, Severity.OK, seen, figures=figures)
    main = max(counts.values()) / lines.height
    named = len(counts) - ("none" in counts)
    if named == 1:
        seen = f"Some lines name no currency: {', '.join(shares)}."
        advice = "Such a price is shown without one. Fill the column, or name a catalogue with prices."
        return Finding(code, title, Severity.NOTE, seen, advice, figures)
    seen = f"{counted(named, 'currency', 'currencies')}: {', '.join(shares)}."
    advice = (
        "Without a catalogue a product shows the price of its last sale, in whatever currency that was. Name "
        "a catalogue with prices, or train each country's shop by itself."
    )
    severity = Severity.WARNING if 1 - main > RARE else Severity.NOTE
    return Finding(code, title, severity, seen, advice, figures)


def free_lines(lines: pl.DataFrame) -> Finding:
    """Lines that cost nothing: samples, gifts, or a price column that was not filled."""
    code, title = "free_lines", "Lines without a price"
    free = lines.filter(pl.col(c.UNIT_PRICE) == 0).height
    share = free / lines.height
    figures: Figures = {"lines": free, "share": round(share, 6)}
    if not free:
        return Finding(code, title, Severity.OK, "Every line has a price.", figures=figures)
    seen = f"{counted(free, 'line')} ({percent(share)}) cost nothing."
    if share <= RARE:
        return Finding(code, title, Severity.OK, seen, figures=figures)
    advice = (
        "Free samples and gifts were not chosen: leave them out. If everything is free, the price column is "
        "not filled; products then show no price."
    )
    severity = Severity.WARNING if share > MANY_FREE else Severity.NOTE
    return Finding(code, title, severity, seen, advice, figures)
