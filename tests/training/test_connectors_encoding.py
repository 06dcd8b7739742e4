"""Which encoding a file is taken to have, and its text after that."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.builders import text_file
from training.catalog import read_catalog
from training.connectors.encoding import CHUNK, as_utf8, text_form

LONG = "x" * (CHUNK - 1)
"""A letter behind it lies across the border of what is read at a time."""


def encoding_of(content: bytes) -> str:
    return text_form(io.BytesIO(content)).encoding


def text_read(content: bytes) -> str:
    form = text_form(io.BytesIO(content))
    return as_utf8(io.BytesIO(content), form).read().decode()


@pytest.mark.parametrize(
    "text", ["tea\n", "thé\n", "чай\n", "🍵\n", f"{LONG}é\n", f"{LONG}🍵", "é" * 2 * CHUNK, ""]
)
def test_utf_8_is_never_taken_for_anything_else(text: str) -> None:
    assert encoding_of(text.encode()) == "utf-8"
    assert text_read(text.encode()) == text


@pytest.mark.parametrize("text", ["thé\n", "£5\n", "“tea”\n", f"{LONG}é\n", f"{LONG}\n{LONG}\nà la carte"])
def test_windows_1252_is_recognised_wherever_it_shows(text: str) -> None:
    assert encoding_of(text.encode("cp1252")) == "cp1252"
    assert text_read(text.encode("cp1252")) == text


def test_neighbours_that_look_like_utf_8_by_accident_do_not_count() -> None:
    text = "CAFÉ®\n" + "thé\n" * 50
    assert b"\xc9\xae" in text.encode("cp1252")
    assert encoding_of(text.encode("cp1252")) == "cp1252"


def test_a_broken_row_in_utf_8_leaves_the_file_utf_8() -> None:
    assert encoding_of("thé\n".encode() * 50 + b"th\xe9\n") == "utf-8"


@pytest.mark.parametrize("encoding", ["cp1251", "cp1253", "koi8-r", "shift-jis", "gb2312"])
def test_other_scripts_are_not_guessed(encoding: str) -> None:
    text = {"cp1253": "κούπα", "shift-jis": "お茶をどうぞ", "gb2312": "绿茶杯子"}.get(encoding, "чашка чая")
    assert encoding_of(f"{text}\n".encode(encoding)) == "utf-8"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_marks_and_zero_bytes_tell_the_encoding(encoding: str) -> None:
    text = f"order_id,{LONG}🍵\n"
    assert text_read(text.encode(encoding)) == text


def test_xml_keeps_its_bytes_as_it_names_its_own_encoding() -> None:
    content = '<?xml version="1.0" encoding="iso-8859-1"?><a>thé</a>'.encode("latin-1")
    assert as_utf8(io.BytesIO(content), text_form(io.BytesIO(content))).read() == content


def test_a_guess_about_a_catalogue_is_told(tmp_path: Path) -> None:
    file = text_file(tmp_path, "product_id,title\n1,Thé vert\n".encode("cp1252"), "catalog.csv")
    found = read_catalog([file])
    assert found.rows["title"].to_list() == ["Thé vert"]
    assert [note.startswith(f"{file} is not UTF-8") for note in found.notes] == [True]
