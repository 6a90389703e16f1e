"""Texts by lines: what is shown must explain the difference."""

from __future__ import annotations

import pytest

from shadow.compare.text import compare_binary, compare_text
from shadow.records import Kind


@pytest.mark.parametrize(
    ("old", "new", "kind", "shown"),
    [
        ("a\r\nb\r\n", "a\nb\n", Kind.whitespace, ("a\\r\\nb\\r", "a\\nb")),
        ("a\tb", "a b", Kind.whitespace, ("a\\tb", "a b")),
        ("a\nb\nc", "a\nB\nc", Kind.case, ("b\nc", "B\nc")),
        ("a\nb", "a\nx", Kind.value, ("b", "x")),
    ],
)
def test_one_difference_shown_from_its_line_on(old: str, new: str, kind: Kind, shown: tuple[str, str]) -> None:
    (found,) = compare_text(old, new)
    assert (found.kind, found.old, found.new) == (kind, *shown)


def test_equal_and_one_sided() -> None:
    assert compare_text("a", "a") == []
    assert [f.kind for f in compare_text("a", "")] == [Kind.missing]
    assert [f.kind for f in compare_text("", "a")] == [Kind.extra]
    assert [f.kind for f in compare_binary(b"\0", b"\1")] == [Kind.value]
