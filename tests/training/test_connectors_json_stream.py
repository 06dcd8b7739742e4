"""JSON of any length: the same documents whatever wraps them, wherever the pieces of the file end."""

from __future__ import annotations

import io
import json
import tracemalloc
from typing import IO, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.connectors import json_stream
from training.connectors.json_stream import BrokenJson, stream_values

ANN, BOB = {"id": 1, "name": "ann"}, {"id": 2, "name": "bob"}


def values(text: str | bytes) -> list[Any]:
    return list(stream_values(io.BytesIO(text.encode() if isinstance(text, str) else text)))


@pytest.mark.parametrize(
    "wrapped",
    [
        [ANN, BOB],
        {"orders": [ANN, BOB]},
        {"items": [ANN, BOB], "search_criteria": {"filter_groups": []}, "total_count": 2},
        {"total_count": 2, "items": [ANN, BOB]},
        {"products": [ANN, BOB]},
        {"ok": True, "page": 1, "pages": 1, "size": 9, "total": 2, "orders": [ANN, BOB]},
    ],
    ids=["array", "orders", "items first", "items last", "products", "much beside"],
)
@pytest.mark.parametrize("indent", [None, 1], ids=["one line", "indented"])
def test_an_array_and_envelopes(wrapped: object, indent: int | None) -> None:
    assert values(json.dumps(wrapped, indent=indent)) == [ANN, BOB]


@pytest.mark.parametrize(
    "whole",
    [ANN, {"entity_id": 3, "items": [{"item_id": 1}]}, {"order": ANN, "more": 1}, {"orders": "none"}, {}],
    ids=["an object", "an order with items", "two members", "no list", "empty"],
)
def test_an_object_by_itself(whole: dict[str, Any]) -> None:
    assert values(json.dumps(whole)) == [whole]


def test_a_single_one_is_unwrapped() -> None:
    assert values('{"order": {"id": 1, "name": "ann"}}') == [ANN]


def test_several_after_one_another() -> None:
    assert values(' {"id": 1,\n"name": "ann"}\n\n[{"id": 2, "name": "bob"}]') == [ANN, BOB]


def test_what_is_no_document_comes_as_it_is() -> None:
    assert values('[1, null, "x", []]') == [1, None, "x", []]


def test_half_a_character_makes_a_document_none() -> None:
    half, whole = r'{"name": "a\ud83d"}', r'{"name": "a\ud83d\ude00"}'
    assert values(f"[{half}, {whole}]") == [half, {"name": "a😀"}]


def test_numbers_that_json_does_not_know_and_endless_ones() -> None:
    assert values('[{"price": Infinity, "id": 12345678901234567890123}]') == [
        {"price": float("inf"), "id": 12345678901234567890123}
    ]


@pytest.mark.parametrize("piece", [1, 2, 7])
def test_pieces_may_end_anywhere(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "CHUNK", piece)
    text = json.dumps({"total": 1234567, "orders": [{"é": 1.25e3, "x": "\u20ac\\"}, ANN]}, ensure_ascii=False)
    assert values(text) == [{"é": 1250.0, "x": "€\\"}, ANN]


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text(), documents, max_size=3), max_size=5), st.booleans())
def test_whatever_was_written_is_read(written: list[dict[str, Any]], ascii: bool) -> None:
    text = json.dumps(written, ensure_ascii=ascii).encode(errors="replace")
    assert values(text) == json.loads(text)


@given(st.lists(st.sampled_from([*'[]{},:"1a \\', "NaN", '"orders"', '{"id":1}']), max_size=12))
def test_any_text_is_read_or_broken(pieces: list[str]) -> None:
    text = "".join(pieces)
    try:
        values(text)
    except BrokenJson:
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)


@pytest.mark.parametrize(
    "text",
    ['[{"id": 1, "name": "ann"}, {"id"', '[{"id": 1, "name": "ann"}', '[{"id": 1, "name": "ann"} {"id": 2}]'],
    ids=["within an object", "before the end", "no comma"],
)
def test_what_stands_before_a_break_is_given(text: str) -> None:
    found = stream_values(io.BytesIO(text.encode()))
    assert next(found) == ANN
    with pytest.raises(BrokenJson):
        next(found)


@pytest.mark.parametrize(
    "text",
    [b"[" * 100_000, b'{"a":' * 100_000, b'[{"a": "\xff"}]', b"{1: 2}", b"[" + b"9" * 5_000 + b"]"],
    ids=["brackets", "braces", "no UTF-8", "a name that is none", "a number of 5,000 digits"],
)
def test_what_is_no_json_is_told(text: bytes) -> None:
    with pytest.raises(BrokenJson):
        values(text)


class Endless(io.RawIOBase):
    """30 MB of documents that nobody holds in memory, and no end."""

    def __init__(self) -> None:
        piece = json.dumps([{"id": 1, "note": "x" * 10_000}] * 100)[1:-1].encode() + b","
        self._pieces = iter([b"[", *[piece] * 30])

    def read(self, size: int = -1) -> bytes:
        return next(self._pieces, b"")


def test_memory_holds_a_piece_and_not_the_file() -> None:
    tracemalloc.start()
    count = 0
    try:
        for document in stream_values(cast("IO[bytes]", Endless())):
            count += document["id"]
    except BrokenJson:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert count == 3_000
    assert peak < 12_000_000
