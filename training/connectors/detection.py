"""Which format a file has, by its first bytes rather than its name."""

from __future__ import annotations

import codecs
from itertools import chain, islice

import orjson

from training.connectors.csv_file import CsvFile
from training.connectors.json_file import JsonFile
from training.connectors.jsonl_file import JsonlFile
from training.connectors.packing import GZIP_MAGIC, ZSTD_MAGIC
from training.connectors.parquet_file import ParquetFile
from training.connectors.source_file import SourceFile
from training.connectors.table_file import TableReader
from training.connectors.text_lines import numbered_lines

READERS: dict[str, TableReader] = {
    "csv": CsvFile(),
    "parquet": ParquetFile(),
    "jsonl": JsonlFile(),
    "json": JsonFile(),
}

REFUSED_STARTS = {
    b"PK\x03\x04": "is an Excel or zip file; save the sheet as CSV in UTF-8, or unpack it",
    b"\xd0\xcf\x11\xe0": "is an old Excel file; save the sheet as CSV in UTF-8",
    b"BZh": "is packed with bzip2; unpack it, or pack it with gzip or zstd",
    b"\xfd7zXZ": "is packed with xz; unpack it, or pack it with gzip or zstd",
    GZIP_MAGIC: "is packed twice; unpack it once",
    ZSTD_MAGIC: "is packed twice; unpack it once",
    b"%PDF": "is a PDF; export the table itself, as CSV",
    b"SQLite format 3\x00": "is an SQLite database; name it by itself and tell by --query what to read",
    codecs.BOM_UTF32_LE: "is UTF-32; save it as UTF-8",
    codecs.BOM_UTF32_BE: "is UTF-32; save it as UTF-8",
}

HTML_STARTS = (b"<!doctype html", b"<html")


def is_html(start: bytes) -> bool:
    """Whether the first bytes of a file, without a byte order mark, are those of a web page."""
    return start.lstrip().lower().startswith(HTML_STARTS)


def table_format(file: SourceFile) -> str:
    """`csv`, `parquet`, `jsonl` or `json`. Raises `InputRefused` for an empty file and for none of them."""
    with file.open() as stream:
        start = stream.read(4_096)
    if not start:
        raise file.refused("is empty")
    if start.startswith(b"PAR1"):
        if file.packing:
            raise file.refused(f"is Parquet packed with {file.packing}; unpack it: Parquet packs itself")
        return "parquet"
    text = start.lstrip()
    for magic, why in REFUSED_STARTS.items():
        if start.startswith(magic) or text.startswith(magic):
            raise file.refused(why)
    if is_html(start):
        raise file.refused("is a web page, such as the one to sign in; download the export itself, as CSV")
    if text.startswith(b"<"):
        raise file.refused("is XML, which is not read here; export CSV, JSON or Parquet")
    if text.startswith(b"["):
        return "json"
    if text.startswith(b"{"):
        return "jsonl" if _is_line_of_json(file) else "json"
    return "csv"


def _is_line_of_json(file: SourceFile) -> bool:
    """Whether the first line is an object of its own; else one object goes over several lines.

    A first line that is broken ends as an object does and has another object after it.
    """
    with file.open() as stream:
        lines = (line.strip() for _, line, _ in numbered_lines(stream))
        first, second = islice(chain((line for line in lines if line), [b"", b""]), 2)
    try:
        orjson.loads(first)
    except orjson.JSONDecodeError:
        return first.endswith(b"}") and second.startswith(b"{")
    return True
