"""Declared lists: paired by the key that was given, or wherever their items stand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shadow.compare.body import compare_bodies
from shadow.compare.lists import Lists, declared_lists
from shadow.config.model import Compare, ListKey
from shadow.records import ResponseCopy

KEYED = Compare(list_keys=(ListKey(path="$.rows", key="line"), ListKey(path="$.**.deep", key="k")))
UNORDERED = Compare(unordered=("$.tags", "$.rows"))


def found(limits: Compare, old: Any, new: Any) -> list[tuple[str, str]]:
    headers = ((b"content-type", b"application/json"),)
    answers = [ResponseCopy(status=200, headers=headers, body=json.dumps(each).encode()) for each in (old, new)]
    diff = compare_bodies(answers[0], answers[1], limits)
    return [(each.kind.value, each.path.removeprefix("body:$")) for each in diff.found]


def rows(*lines: tuple[str, int]) -> dict[str, Any]:
    return {"pad": "x" * 700, "rows": [{"line": line, "v": v} for line, v in lines]}


@pytest.mark.parametrize(
    ("new", "want"),
    [
        (rows(("a", 1), ("b", 2)), []),
        (rows(("b", 2), ("a", 1)), [("order", ".rows")]),
        (rows(("b", 2), ("a", 9)), [("order", ".rows"), ("value", ".rows[0].v")]),
        (rows(("b", 2), ("c", 1)), [("missing", ".rows[0]"), ("extra", ".rows[1]")]),
        (rows(("a", 1), ("a", 3)), [("value", ".rows[1].line"), ("value", ".rows[1].v")]),
    ],
)
def test_a_declared_key(new: dict[str, Any], want: list[tuple[str, str]]) -> None:
    """It pairs, however few of the items find a partner; where it is not unique the list is compared as any other."""
    assert found(KEYED, rows(("a", 1), ("b", 2)), new) == want


def test_without_it_the_positions_pair() -> None:
    """The member is none that is recognised."""
    assert found(Compare(), rows(("a", 1), ("b", 2)), rows(("b", 2), ("a", 9))) == [
        ("value", ".rows[0].line"), ("value", ".rows[0].v"), ("value", ".rows[1].line"), ("value", ".rows[1].v")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "want"),
    [
        ([1, 2, 3], [3, 1, 2], [("order", ".tags")]),
        ([1, 2, 2], [2, 1], [("order", ".tags"), ("missing", ".tags[2]")]),
        ([1, 2], [2, 5, 1], [("order", ".tags"), ("extra", ".tags[1]")]),
        ([1, 2], [1.0, 2], [("missing", ".tags[0]"), ("extra", ".tags[0]")]),
        ([True], [1], [("missing", ".tags[0]"), ("extra", ".tags[0]")]),
    ],
)
def test_unordered_lists_are_multisets(old: list[Any], new: list[Any], want: list[tuple[str, str]]) -> None:
    """What has an equal partner anywhere is equal, as often as it has one; nothing else is paired by its position."""
    assert found(UNORDERED, {"tags": old}, {"tags": new}) == want


def test_unordered_lists_of_objects_are_paired_by_key_first() -> None:
    """So that a changed item is a changed item."""
    old, new = [{"id": 1, "v": 1}, {"id": 2, "v": 2}], [{"id": 2, "v": 3}, {"id": 1, "v": 1}]
    assert found(UNORDERED, {"rows": old}, {"rows": new}) == [("order", ".rows"), ("value", ".rows[1].v")]


def test_nothing_declared_costs_nothing() -> None:
    """An empty declaration is false, and the same declaration is compiled once."""
    assert not Lists()
    assert declared_lists(KEYED.list_keys, ()) is declared_lists(KEYED.list_keys, ())
    assert declared_lists(KEYED.list_keys, ()).key_at(("a", 3, "deep")) == "k"
