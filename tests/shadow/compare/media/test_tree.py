"""Elements as values."""

from __future__ import annotations

from typing import Any

import pytest

from shadow.compare.media.tree import element, simplify

LEAF: dict[str, Any] = {"#text": "t"}


@pytest.mark.parametrize(
    ("content", "want"),
    [
        ([], {}),
        (["  "], {}),
        ([" a ", " b"], {"#text": " a  b"}),
        ([("a", LEAF), " ", ("a", LEAF)], {"a": [LEAF, LEAF]}),
        ([("a", {}), ("b", {})], {"#order": ["a", "b"], "a": [{}], "b": [{}]}),
        (["x ", ("b", LEAF), "  z "], {"#text": "x <b> z", "b": [LEAF]}),
    ],
)
def test_element(content: list[Any], want: dict[str, Any]) -> None:
    """White space alone is no text; mixed text shows where children stand."""
    assert element({}, content) == want
    assert element({"k": "v"}, content) == {"@k": "v", **want}


@pytest.mark.parametrize(
    ("old", "new", "want"),
    [
        ({"a": [LEAF]}, {"a": [{}]}, ({"a": "t"}, {"a": ""})),
        ({"a": [LEAF]}, {"a": [{"@k": "v"}]}, ({"a": LEAF}, {"a": {"@k": "v"}})),
        ({"a": [LEAF, LEAF]}, {"a": [LEAF]}, ({"a": ["t", "t"]}, {"a": ["t"]})),
        ({"a": [LEAF]}, {}, ({"a": "t"}, {})),
        ({"a": [{"b": [LEAF]}]}, {"a": [{"b": [LEAF]}] * 2}, ({"a": [{"b": "t"}]}, {"a": [{"b": "t"}] * 2})),
        ({"@a": "1", "#text": "x"}, {"@a": "1"}, ({"@a": "1", "#text": "x"}, {"@a": "1"})),
    ],
)
def test_simplify(old: dict[str, Any], new: dict[str, Any], want: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """One child alone, and nothing but text, on both sides or on neither."""
    assert simplify(old, new) == want
    assert simplify(new, old) == (want[1], want[0])
