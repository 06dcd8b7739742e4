"""Documents of files: what each line or element is, and children brought under their parents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import text_file
from training.connectors import nested_documents
from training.connectors.documents import Document, documents, first_documents
from training.connectors.nested_documents import CHILDREN
from training.connectors.source_file import SourceFile
from training.errors import InputRefused


def source(folder: Path, content: str | bytes) -> SourceFile:
    path = Path(text_file(folder, content, "orders.json"))
    return SourceFile(path, path.name)


def read(folder: Path, content: str | bytes, format: str = "jsonl") -> list[Document]:
    return list(documents(source(folder, content), format))


def told(found: list[Document]) -> list[tuple[int, Any, str | None]]:
    return [(one.number, one.value, one.reason) for one in found]


def test_a_line_holds_a_document_or_many_or_none(tmp_path: Path) -> None:
    content = '{"id": 1}\n\n[{"id": 2}, 3]\n{"orders": [{"id": 4}]}\n{"id": \nnull\n'
    assert told(read(tmp_path, content)) == [
        (1, {"id": 1}, None),
        (3, {"id": 2}, None),
        (3, None, "bad_json"),
        (4, {"id": 4}, None),
        (5, None, "bad_json"),
        (6, None, "bad_json"),
    ]


def test_a_line_without_end(tmp_path: Path) -> None:
    found = read(tmp_path, b'{"id": 1}\n{"id": "' + b"x" * (1 << 24) + b'"}\n{"id": 2}\n')
    assert [(one.number, one.reason) for one in found] == [(1, None), (2, "line_too_long"), (3, None)]


def test_elements_of_an_array_are_numbered(tmp_path: Path) -> None:
    found = read(tmp_path, '[{"id": 1}, 2, {"id": 3}]', "json")
    assert told(found) == [(1, {"id": 1}, None), (2, None, "bad_json"), (3, {"id": 3}, None)]
    assert [one.text for one in found] == ['{"id": 1}', "2", '{"id": 3}']


def test_an_array_that_breaks_off_is_refused_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match=r"no complete JSON: it breaks after 1 documents .*again"):
        read(tmp_path, '[{"id": 1}, {"id"', "json")


@pytest.mark.parametrize("depth", [*range(900, 1_000, 9), 5_000])
def test_a_document_of_any_depth_is_told_or_its_file_refused(tmp_path: Path, depth: int) -> None:
    deep = "[" * depth + "]" * depth
    try:
        found = read(tmp_path, f'[{{"id": 1}}, {deep}, {{"x": "\\ud800", "y": {deep}}}]', "json")
    except InputRefused:
        return
    assert [one.reason for one in found] == [None, "bad_json", "bad_json"]
    assert all(one.text for one in found)


def bulk(*objects: dict[str, Any]) -> str:
    return "".join(json.dumps(one) + "\n" for one in objects)


def order(number: int) -> dict[str, Any]:
    return {"id": f"gid://shopify/Order/{number}"}


def item(number: int, parent: str) -> dict[str, Any]:
    return {"id": f"gid://shopify/LineItem/{number}", "__parentId": f"gid://shopify/{parent}"}


ONE, TWO = item(11, "Order/1"), item(21, "Order/2")

WITH_CHILDREN = [(1, {**order(1), CHILDREN: [ONE]}), (2, {**order(2), CHILDREN: [TWO]})]


@pytest.mark.parametrize(
    "objects",
    [
        (order(1), ONE, order(2), TWO),
        (order(1), order(2), TWO, ONE),
        (ONE, TWO, order(1), order(2)),
    ],
    ids=["grouped", "interleaved", "children first"],
)
def test_children_come_under_their_parents(tmp_path: Path, objects: tuple[dict[str, Any], ...]) -> None:
    found = read(tmp_path, bulk(*objects))
    assert [one.value for one in found] == [value for _, value in WITH_CHILDREN]
    assert [one.number for one in found] == [objects.index(order(1)) + 1, objects.index(order(2)) + 1]


def test_grandchildren_come_under_the_top(tmp_path: Path) -> None:
    below = item(111, "LineItem/11")
    (found,) = read(tmp_path, bulk(order(1), ONE, below))
    assert found.value == {**order(1), CHILDREN: [ONE, below]}


def test_a_child_without_parent_and_a_broken_line_are_told(tmp_path: Path) -> None:
    found = read(tmp_path, bulk(order(1), ONE, TWO) + "{\n")
    assert [(one.number, one.reason) for one in found] == [(1, None), (3, "parent_missing"), (4, "bad_json")]
    assert json.loads(found[1].text) == TWO


@pytest.mark.parametrize("depth", [250, 1_000])
def test_children_may_be_nested_as_deeply_as_any_line(tmp_path: Path, depth: int) -> None:
    deep = json.dumps(ONE)[:-1] + ', "x": ' + "[" * depth + "]" * depth + "}\n"
    (found,) = read(tmp_path, bulk(order(1)) + deep)
    assert len(found.value[CHILDREN]) == 1


def test_no_room_to_sort_in_refuses_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nested_documents, "TABLE", f"PRAGMA max_page_count = 4; {nested_documents.TABLE}")
    with pytest.raises(InputRefused, match=r"cannot be sorted in .* full"):
        read(tmp_path, bulk(order(1), *[ONE] * 1_000))


def test_objects_that_are_their_own_parents_are_told(tmp_path: Path) -> None:
    own = {"id": "gid://shopify/LineItem/1", "__parentId": "gid://shopify/LineItem/1"}
    assert [one.reason for one in read(tmp_path, bulk(order(1), own))] == [None, "parent_missing"]


def test_of_appended_files_each_order_has_its_own_children(tmp_path: Path) -> None:
    later = ONE | {"quantity": 2}
    found = read(tmp_path, bulk(order(1), ONE, order(1), later))
    assert [one.value[CHILDREN] for one in found] == [[ONE], [later]]


def test_the_first_documents_are_as_the_file_has_them(tmp_path: Path) -> None:
    found = first_documents(source(tmp_path, bulk(order(1), ONE)), "jsonl")
    assert [one.value for one in found] == [order(1), ONE]


@given(st.permutations([order(1), order(2), ONE, TWO, item(12, "Order/1"), item(31, "Order/3")]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_in_any_order_no_object_is_lost(tmp_path: Path, objects: list[dict[str, Any]]) -> None:
    found = read(tmp_path, bulk(*objects))
    assert sum(1 + len(one.value[CHILDREN]) for one in found if one.value is not None) == 5
    assert [one.reason for one in found if one.reason] == ["parent_missing"]
