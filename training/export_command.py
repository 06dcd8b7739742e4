"""`python -m training export`: customers' lists as a file, for e-mail, for analysts, for checks."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import click

from service.exports.contacts import read_contacts
from service.exports.making import ExportMaker, Made
from service.exports.request import FORMATS, LAYOUTS, ROWS, ExportRefused, ExportRequest
from service.placement_file import load_placements
from service.settings import Settings, load_settings
from training.errors import UsageError
from training.option_times import option_time
from training.stages import Stages
from training.store_session import opened
from training.termination import sigterm_unwinds
from training.user_paths import naming

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("export")
@click.option("--placement", required=True, metavar="P", help="for_you, discover, buy_it_again, or your own.")
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    metavar="K",
    help="Products a customer at most.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="FILE.csv, FILE.parquet or FILE.jsonl.",
)
@click.option("--customers", type=_FILE, metavar="FILE", help="Only these customers: one id a line.")
@click.option(
    "--at",
    metavar="TIME",
    help="When it is sent (ISO 8601; without a zone, UTC): by the rules of then. Default: now.",
)
@click.option(
    "--layout",
    type=click.Choice(LAYOUTS),
    default=ROWS,
    show_default=True,
    help="A row for each customer and product, or one for each customer under the names of a mail service.",
)
@click.option(
    "--contacts",
    type=_FILE,
    metavar="FILE",
    help="CSV with the columns customer_id and email; for the layouts of mail services.",
)
def export_command(
    placement: str,
    limit: int,
    out: Path,
    customers: Path | None,
    at: str | None,
    layout: str,
    contacts: Path | None,
) -> None:
    """Write what each customer is recommended: the live version's lists, under the rules of the sending.

    The same command goes on where one that was killed has stopped.

    \b
    Example:
      python -m training export --placement for_you --limit 20 --out lists.parquet
    """
    if out.suffix not in [f".{one}" for one in FORMATS]:
        raise UsageError(f"--out {out}: the ending must be one of {', '.join(f'.{one}' for one in FORMATS)}")
    if contacts and layout == ROWS:
        raise UsageError("--contacts needs --layout klaviyo or mailchimp: rows have no address")
    request = ExportRequest(
        placement=placement,
        limit=limit,
        at=None if at is None else option_time("--at", at, "UTC", "2026-11-27T08:00:00Z").timestamp(),
        format=out.suffix[1:],
        layout=layout,
        customer_ids=None if customers is None else tuple(_read_ids(customers)),
    )
    with sigterm_unwinds():
        try:
            made = _make(request, out, contacts, load_settings())
        except ExportRefused as error:
            raise UsageError(str(error)) from error
    click.echo(f"{made.rows:,} rows in {out}", err=True)


def _make(request: ExportRequest, out: Path, contacts: Path | None, settings: Settings) -> Made:
    emails = None
    if contacts is not None:
        with naming("--contacts", contacts):
            emails = read_contacts(contacts)
    place = hashlib.sha256(str(out.resolve()).encode()).hexdigest()[:16]
    folder = settings.data_dir / "exports" / f"command-{place}"
    with opened(settings) as store, Stages().stage("export", "Exporting") as progress, naming("--out", out):
        placements = load_placements(settings.config)
        maker = ExportMaker(store.client, store.keys, placements, request, folder, emails)
        made = maker.make(out, progress)
        shutil.rmtree(folder)
    return made


def _read_ids(file: Path) -> list[str]:
    """Each line's id once. Lines end with a line feed and nothing else: an id may hold U+2028."""
    with naming("--customers", file):
        content = file.read_bytes()
    try:
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise UsageError(f"--customers: {file}: is not UTF-8 at byte {error.start}") from error
    return [one for one in dict.fromkeys(line.removesuffix("\r") for line in lines) if one]
