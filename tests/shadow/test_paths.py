"""The path dialect: writing, reading, matching by whole segments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.paths import Pattern, Segments, Wild, match_segments, parse_pattern, render, render_group

segments = st.lists(st.one_of(st.text(max_size=8), st.integers(min_value=0, max_value=99)), max_size=5).map(tuple)


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("$", "body:$", True),
        ("$", "body:$.a", False),
        ("$.a", "body:$.a", True),
        ("body:$.a", "body:$.a", True),
        ("$.a", "body:$.ab", False),
        ("$.a", "body:$.a.b", False),
        ("$.items[*].price", "body:$.items[3].price", True),
        ("$.items[*].price", "body:$.items.x.price", False),
        ("$.items.*.price", "body:$.items[3].price", True),
        ("$.items[3].price", "body:$.items[3].price", True),
        ("$.items[3].price", "body:$.items[4].price", False),
        ("$.**.price", "body:$.price", True),
        ("$.**.price", "body:$.a[1].b.price", True),
        ("$.**.price", "body:$.a.prices", False),
        ("$.meta.**", "body:$.meta", True),
        ("$.meta.**", "body:$.meta.a[0]", True),
        ("$.meta.**", "body:$.metadata", False),
        ("$.a.**.b.**.c", "body:$.a.x.b.c", True),
        ("$.a.**.b.**.c", "body:$.a.x.c", False),
        ('$["a.b"]', 'body:$["a.b"]', True),
        ("$['a.b'].c", 'body:$["a.b"].c', True),
        ('$."a.b"', 'body:$["a.b"]', True),
        ("$.a.b", 'body:$["a.b"]', False),
        ('$["3"]', "body:$[3]", False),
        ("header:ETag", "header:etag", True),
        ("header:etag", "header:x-etag", False),
        ("header:set-cookie.*.secure", "header:set-cookie.sid.secure", True),
        ("header:set-cookie", "header:set-cookie.sid", False),
        ("status", "status", True),
        ("body", "body", True),
        ("body", "body:$", False),
        ("$", "body", False),
    ],
)
def test_matching(pattern: str, path: str, matches: bool) -> None:
    """A pattern is read, a path as it is written is matched."""
    place = parse_pattern(path)
    concrete = None if place.segments is None else tuple(s for s in place.segments if isinstance(s, str | int))
    assert parse_pattern(pattern).matches(place.area, concrete) is matches


@pytest.mark.parametrize(
    "text", ["", "a", "$a", "$.", "$..a", "$[", "$[x]", "$.a b", "$['a", '$["a"', "header:", "cookie:a"]
)
def test_unreadable(text: str) -> None:
    """What is not in the dialect is refused, with the text."""
    with pytest.raises(
        ValueError, match=r"begins with none of|cannot be read|needs a name|no quoted|is not a quoted"
    ):
        parse_pattern(text)


@pytest.mark.parametrize(
    ("text", "broad"),
    [
        ("$.**", True),
        ("$.**.*", True),
        ("$.*.**", True),
        ("$[*].**", True),
        ("header:*", True),
        ("header:**", True),
        ("$.*", False),
        ("$", False),
        ("$.**.a", False),
        ("$.a.**", False),
        ("status", False),
        ("header:a.*", False),
    ],
)
def test_over_broad(text: str, broad: bool) -> None:
    """Nothing but wildcards covers everything."""
    assert parse_pattern(text).is_over_broad is broad


@pytest.mark.parametrize(
    ("place", "group"),
    [
        (("items", 3, "price"), "body:$.items[*].price"),
        (("users", "550e8400-e29b-41d4-a716-446655440000", "n"), "body:$.users.*.n"),
        (("days", "2026-01-31"), "body:$.days.*"),
        (("42",), "body:$.*"),
        (("bob@example.com",), "body:$.*"),
        (("a.b",), 'body:$["a.b"]'),
        ((), "body:$"),
        (None, "body"),
    ],
)
def test_groups(place: Segments | None, group: str) -> None:
    """Indexes and keys that are values leave no trace in a group."""
    assert render_group("body", place) == group


@given(segments)
def test_written_and_read_again(place: Segments) -> None:
    """Every place can be written, read and matched by itself."""
    path = render("body", place)
    assert parse_pattern(path) == Pattern(area="body", segments=place)
    assert parse_pattern(path).matches("body", place)


@given(segments, segments)
def test_a_pattern_without_wildcards_matches_only_itself(one: Segments, other: Segments) -> None:
    """Never by part of a name."""
    assert match_segments(one, other) == (one == other)


@given(segments, st.integers(min_value=0, max_value=5))
def test_any_depth_takes_any_middle(place: Segments, at: int) -> None:
    """A prefix followed by ** covers everything below it."""
    assert match_segments((*place[:at], Wild.many), place)
    assert match_segments((Wild.many, *place[at:]), place)
