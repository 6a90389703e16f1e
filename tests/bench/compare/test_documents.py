"""The documents of the benchmark are what their names say."""

from __future__ import annotations

import json

import pytest

from bench.compare.cost import deepdiff, deepdiff_unordered, shadow
from bench.compare.documents import Case, cases, document

QUICK = {case.name: case for case in cases(quick=True)}


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("identical", 0),
        ("reordered keys", 0),
        ("one field", 2),
        ("one field, written otherwise", 2),
        ("timestamp", 1),
        ("timestamp in every row", 118),
        ("50 fields", 51),
        ("shuffled, keyed", 1),
        ("shuffled, no key", 1),
    ],
)
def test_as_many_differences_as_the_name_says(name: str, count: int) -> None:
    """An order is one difference, and nothing besides."""
    case = QUICK[name]
    assert 15_000 < len(case.old) < 25_000
    assert len(shadow(case.old, case.new).found) == count  # type: ignore[attr-defined]


def test_deepdiff_sees_the_same_documents() -> None:
    """What it reports is one value for each changed field; without order a shuffled list is the same."""
    case = Case("small", "", *(json.dumps(each).encode() for each in (document(3), document(3))))
    assert not deepdiff(case.old, case.new)
    new = case.new.replace(b'"item 1"', b'"other"')
    assert list(deepdiff(case.old, new)["values_changed"]) == ["root['items'][1]['name']"]  # type: ignore[index]
    rows = document(3)
    rows["items"].reverse()
    assert not deepdiff_unordered(case.old, json.dumps(rows).encode())
    assert deepdiff(case.old, json.dumps(rows).encode())
