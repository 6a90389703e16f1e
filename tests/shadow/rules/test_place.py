"""Patterns against groups: yes, no, perhaps."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.paths import parse_pattern, render_group
from shadow.rules.place import Fit, fit, read_group


@pytest.mark.parametrize(
    ("pattern", "group", "want"),
    [
        ("$.a", "body:$.a", "yes"),
        ("$.a", "body:$.b", "no"),
        ("$.items[*].p", "body:$.items[*].p", "yes"),
        ("$.items[3].p", "body:$.items[*].p", "maybe"),
        ("$.items.*.p", "body:$.items[*].p", "yes"),
        ("$.**.p", "body:$.items[*].p", "yes"),
        ("$.**", "body:$", "yes"),
        ("$.items", "body:$.items[*].p", "no"),
        ("$.users.*.name", "body:$.users.*.name", "yes"),
        ("$.users.bob.name", "body:$.users.*.name", "no"),
        ('$.users["1234"].name', "body:$.users.*.name", "maybe"),
        ("$.users[*].name", "body:$.users.*.name", "no"),
        ("header:etag", "header:etag", "yes"),
        ("header:etag", "body:$.etag", "no"),
        ("status", "status", "yes"),
        ("body", "body", "yes"),
        ("$.a", "body", "no"),
        ("$.a", "body:$.a‹email:12ab›", "maybe"),
        ("$.a", "body:$.a…", "maybe"),
        ('$["a.b"]', 'body:$["a.b"]', "yes"),
    ],
)
def test_fit(pattern: str, group: str, want: str) -> None:
    assert fit(parse_pattern(pattern), read_group(group)) is Fit(want)


KEYS = st.sampled_from(["a", "b", "1234", "x@y", "a.b", "*"])
PLACES = st.lists(KEYS | st.integers(0, 2), max_size=4).map(tuple)
STEPS = st.sampled_from([".a", ".b", '["1234"]', '["x@y"]', '["a.b"]', '["*"]', "[0]", "[1]", "[*]", ".*", ".**"])
PATTERNS = st.lists(STEPS, max_size=4).map(lambda steps: "$" + "".join(steps))


@settings(max_examples=600, deadline=None)
@given(pattern=PATTERNS, place=PLACES)
def test_what_is_certain_is_true(pattern: str, place: tuple[str | int, ...]) -> None:
    """Yes and no hold for every place of the group."""
    compiled = parse_pattern(pattern)
    found = fit(compiled, read_group(render_group("body", place)))
    if found is not Fit.maybe:
        assert compiled.matches("body", place) is (found is Fit.yes)
