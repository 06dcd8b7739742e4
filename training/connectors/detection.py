"""Which format a file has, by its first bytes rather than its name."""

from __future__ import annotations

import orjson

from training.connectors.csv_file import CsvFile
from training.connectors.jsonl_file import JsonlFile
from training.connectors.parquet_file import ParquetFile
from training.connectors.source_file import SourceFile
from training.connectors.table_file import TableReader

READERS: dict[str, TableReader] = {"csv": CsvFile(), "parquet": ParquetFile(), "jsonl": JsonlFile()}

REFUSED_STARTS = {
    b"PK\x03\x04": "is an Excel or zip file; save the sheet as CSV in UTF-8, or unpack it",
    b"\xff\xfe": "is UTF-16; save it as UTF-8",
    b"\xfe\xff": "is UTF-16; save it as UTF-8",
    b"\x28\xb5\x2f\xfd": "is packed with zstd; unpack it, or pack it with gzip",
    b"BZh": "is packed with bzip2; unpack it, or pack it with gzip",
}
UTF8_BOM = b"\xef\xbb\xbf"


def table_format(file: SourceFile) -> str:
    """`csv`, `parquet`, `jsonl` or `json`. Raises `InputRefused` for an empty file and for none of them."""
    with file.open() as stream:
        start = stream.read(4_096)
    if not start:
        raise file.refused("is empty")
    if start.startswith(b"PAR1"):
        return "parquet"
    text = start.removeprefix(UTF8_BOM).lstrip()
    for magic, why in REFUSED_STARTS.items():
        if start.startswith(magic) or text.startswith(magic):
            raise file.refused(why)
    if text.startswith(b"["):
        return "json"
    if text.startswith(b"{"):
        return "jsonl" if _is_line_of_json(file) else "json"
    return "csv"


def _is_line_of_json(file: SourceFile) -> bool:
    """Whether the first line is an object of its own; else one object goes over several lines."""
    with file.open() as stream:
        first = next(line for line in stream if line.removeprefix(UTF8_BOM).strip())
    try:
        orjson.loads(first.removeprefix(UTF8_BOM))
    except orjson.JSONDecodeError:
        return False
    return True
