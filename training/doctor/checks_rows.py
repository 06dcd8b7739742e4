"""What became of the rows: kept, merged, ignored, quarantined, and why."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from training import columns as c
from training.catalog import Catalog
from training.cleaning import IDENTITY, Accounting
from training.doctor.findings import Figures, Finding, Severity, counted, percent
from training.doctor.remedies import remedies
from training.quarantine import listed
from training.reading import StagedOrders

MANY_DUPLICATES = 0.05
"""Overlapping exports make some; above this share of the rows somebody exports the same days all the time."""

MANY_UNMATCHED = 0.25
"""Share of the returns: a history always begins after some purchases, but with most of them in it."""

FEW = 10
"""Rows that may be odd in any history, however small."""


def accounted(accounting: Accounting) -> Finding:
    """Where every row went."""
    ignored = sum(accounting.ignored.values())
    quarantined = sum(accounting.quarantined.values())
    return Finding(
        "rows",
        "Rows",
        Severity.OK,
        f"{counted(accounting.read, 'row')} read: {accounting.kept:,} kept, {accounting.merged:,} merged, "
        f"{ignored:,} ignored, {quarantined:,} quarantined.",
        figures={
            "read": accounting.read,
            "kept": accounting.kept,
            "merged": accounting.merged,
            "ignored": ignored,
            "quarantined": quarantined,
        },
    )


def quarantined(accounting: Accounting, max_quarantined: float) -> Finding:
    """Rows that could not be read, and whether a run would take the rest: its own rule is asked."""
    counts = accounting.quarantined
    if not counts:
        return Finding("quarantine", "Unreadable rows", Severity.OK, "Every row could be read.")
    rows, read = sum(counts.values()), accounting.read
    seen = f"{counted(rows, 'row')} of {read:,} ({percent(rows / read)}) could not be read: {listed(counts)}."
    advice = _correct(counts, "quarantine.csv")
    figures: Figures = {**counts, "share": round(rows / read, 6)}
    severity = Severity.NOTE
    if rows / read > max_quarantined:
        severity = Severity.REFUSAL
        seen += f" Training refuses more than {percent(max_quarantined)} (orders.max_quarantined)."
    elif rows / read > max_quarantined / 5:
        severity = Severity.WARNING
    return Finding("quarantine", "Unreadable rows", severity, seen, advice, figures)


def nothing_left(accounting: Accounting) -> Finding:
    """Whether there is a single purchase to train on."""
    code, title = "nothing_left", "Purchases"
    if accounting.kept:
        seen = f"{counted(accounting.kept, 'row')} are purchases that stand."
        return Finding(code, title, Severity.OK, seen, figures={"kept": accounting.kept})
    why = listed({**accounting.ignored, **accounting.quarantined})
    seen = f"None of {counted(accounting.read, 'row')} is a purchase: {why}. Training refuses that."
    advice = "Check that the export holds completed orders and their lines; docs/orders.md has the reasons."
    return Finding(code, title, Severity.REFUSAL, seen, advice, {"kept": 0})


def unreadable_catalog_rows(catalog: Catalog, max_quarantined: float) -> Finding:
    """Rows of the catalogue that could not be read, and whether a run would take the rest."""
    code, title = "catalog_quarantine", "Unreadable catalogue rows"
    counts = catalog.quarantine.counts()
    if not counts:
        return Finding(code, title, Severity.OK, "Every row of the catalogue could be read.")
    rows, read = sum(counts.values()), catalog.read
    seen = f"{counted(rows, 'row')} of {read:,} of the catalogue could not be read: {listed(counts)}."
    advice = _correct(counts, "quarantine_catalog.csv")
    severity = Severity.NOTE
    if rows / read > max_quarantined:
        severity = Severity.REFUSAL
        seen += f" Training refuses more than {percent(max_quarantined)} (orders.max_quarantined)."
    return Finding(code, title, severity, seen, advice, {**counts})


def empty_catalog(catalog: Catalog) -> Finding:
    """Whether a catalogue that was named holds a single product."""
    code, title = "catalog_empty", "Products of the catalogue"
    if catalog.emptiness is None:
        seen = f"The catalogue holds {counted(catalog.rows.height, 'product')}."
        return Finding(code, title, Severity.OK, seen, figures={"products": catalog.rows.height})
    advice = "Export the products again, or leave --catalog out; docs/catalog.md tells what is read."
    return Finding(code, title, Severity.REFUSAL, f"{catalog.emptiness}.", advice, {"products": 0})


def _correct(counts: Mapping[str, int], file: str) -> str:
    """What to do about quarantined rows."""
    where = f"{file} names each row with its line and reason."
    return f"{where} In the export: {told}." if (told := remedies(counts)) else where


def guesses(staged: StagedOrders) -> Finding:
    """What reading had to guess about the files, the order of day and month for example."""
    code, title = "guesses", "Guesses about the files"
    if not staged.notes:
        return Finding(code, title, Severity.OK, "The files say themselves how they are to be read.")
    advice = "Check that this is so; an export with ISO 8601 dates and in UTF-8 leaves nothing to guess."
    seen = f"{staged.notes[0]}."
    return Finding(code, title, Severity.NOTE, seen, advice, {"files": len(staged.notes)}, staged.notes)


def ignored(accounting: Accounting) -> Finding:
    """Rows that are no sale of a product."""
    rows = sum(accounting.ignored.values())
    share = rows / max(accounting.read, 1)
    figures: Figures = {**accounting.ignored, "share": round(share, 6)}
    if not rows:
        return Finding("ignored", "Ignored rows", Severity.OK, "Every row that could be read is a sale.")
    seen = f"{counted(rows, 'row')} ({percent(share)}) are no sales: {listed(accounting.ignored)}."
    if share <= 0.5:
        return Finding("ignored", "Ignored rows", Severity.OK, seen, figures=figures)
    advice = (
        "More than half of the export is not used. See docs/orders.md for each reason, and check the export."
    )
    return Finding("ignored", "Ignored rows", Severity.WARNING, seen, advice, figures)


def duplicates(staged: StagedOrders) -> Finding:
    """Lines that stand in the sources more than once."""
    rows = staged.lines.height
    # A number a row instead of its ids: two that differ share one in 10¹⁹ cases.
    extra = rows - staged.lines.select(IDENTITY).hash_rows().n_unique()
    share = extra / max(rows, 1)
    figures: Figures = {"duplicates": extra, "share": round(share, 6)}
    if not extra:
        return Finding(
            "duplicates", "Duplicates", Severity.OK, "No line stands there twice.", figures=figures
        )
    seen = f"{counted(extra, 'row')} ({percent(share)}) repeat another row; each line counts once."
    if share <= MANY_DUPLICATES or extra < FEW:
        return Finding("duplicates", "Duplicates", Severity.OK, seen, figures=figures)
    advice = (
        "They do no harm, but the same days are exported over and over: check that no file is named twice, "
        "and that each export begins where the last one ended."
    )
    return Finding("duplicates", "Duplicates", Severity.WARNING, seen, advice, figures)


def unmatched_returns(staged: StagedOrders, accounting: Accounting) -> Finding:
    """Refunds without a sale."""
    code, title = "unmatched_return", "Refunds without a sale"
    returns = staged.lines.filter((pl.col(c.QUANTITY) < 0) & pl.col(c.IGNORED).is_null()).height
    unmatched = accounting.ignored.get(code, 0)
    share = unmatched / max(returns, 1)
    figures: Figures = {"returns": returns, "unmatched": unmatched, "share": round(share, 6)}
    if not unmatched:
        seen = f"Each of {counted(returns, 'return')} found its sale." if returns else "There are no returns."
        return Finding(code, title, Severity.OK, seen, figures=figures)
    seen = (
        f"{counted(unmatched, 'return')} of {returns:,} ({percent(share)}) take back something that was "
        "never sold in these files."
    )
    advice = (
        "Usually the sale is older than the first day of the export: export earlier orders too. A guest's "
        "return must have the order's id."
    )
    severity = Severity.WARNING if share > MANY_UNMATCHED and unmatched >= FEW else Severity.NOTE
    return Finding(code, title, severity, seen, advice, figures)
