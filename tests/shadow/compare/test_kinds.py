"""Kinds: what two values tell about the cause of their difference."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.bodies.parse import NonFinite
from shadow.compare.found import ABSENT
from shadow.compare.kinds import name_presence, name_scalars, name_texts
from shadow.records import Kind

T = "2026-01-31T10:00:00"


@pytest.mark.parametrize(
    ("old", "new", "kind", "note"),
    [
        # numbers
        (1, 2, "value", ""),
        (1, b"1.0", "type", "same number, integer became decimal"),
        (5, b"7.3", "value", "integer became decimal"),
        (b"12.50", b"12.5", "precision", "same number, written with other digits"),
        (b"19.987", b"19.99", "precision", "equal when rounded to 2 decimals"),
        (b"19.99", b"19.987", "precision", "equal when rounded to 2 decimals"),
        (b"19.989", b"19.98", "precision", "equal when cut after 2 decimals"),
        (b"19.99", b"19.989999999999998", "precision", "equal when rounded to 2 decimals"),
        (b"0.30000000000000004", b"0.30000000000000010", "precision", "equal to nine significant digits"),
        (b"19.99", b"20.99", "value", ""),
        (b"1.5", b"1.7", "value", ""),
        (9007199254740993, 9007199254740992, "precision", "integer beyond 2^53 lost digits"),
        (9007199254740995, 9007199254740999, "value", ""),
        (b"1e999999999", b"1e-999999999", "value", ""),
        (b"1e99999999999999999999", b"2e99999999999999999999", "value", ""),
        (NonFinite("NaN"), None, "type", "not-a-number became null"),
        # types
        ("19.99", b"19.99", "type", "text became decimal, same number"),
        (b"19.99", "19.99", "type", "decimal became text, same number"),
        ("7", 7, "type", "text became integer, same number"),
        ("7", 8, "type", "text became integer"),
        ("19.99", b"19.989999999999998", "type", "text became decimal, nearly the same number"),
        (True, 1, "type", "boolean became integer"),
        (True, "true", "type", "boolean became text"),
        (True, False, "value", ""),
        (None, 0, "type", "null became integer"),
        ([], {}, "type", "list became object"),
        # instants
        (T + "Z", T + "+00:00", "timezone", "same instant, zone written otherwise"),
        (T + "Z", "2026-01-31T12:00:00+02:00", "timezone", "same instant, other offset"),
        (T + "Z", T, "timezone", "same reading, new side names no zone"),
        (T + ".123Z", T, "timezone", "same reading, new side names no zone; 3 against 0 digits of a second"),
        (T + "Z", T + "+02:00", "timezone", "same clock reading, other zone: 2 h apart"),
        (T + ".123456Z", T + ".123Z", "precision", "same instant, 6 against 3 digits of a second"),
        (
            T + ".9996Z",
            "2026-01-31T10:00:01.000Z",
            "precision",
            "same instant when rounded, 4 against 3 digits of a second",
        ),
        (T + ".123456Z", T + "Z", "precision", "same instant, 6 against 0 digits of a second"),
        (T + "Z", "Sat, 31 Jan 2026 10:00:00 GMT", "encoding", "same instant, other format"),
        (T, "2026-01-31 10:00:00", "encoding", "same instant, other format"),
        (T + "Z", "2026-01-31T12:00:00Z", "value", "exactly 2 h apart, as a local time would be"),
        (T + "Z", "2026-01-31T10:00:01Z", "value", ""),
        (T + ".5Z", "2026-01-31T10:00:07.123Z", "value", ""),
        # texts
        ("a b", "a  b\n", "whitespace", "only white space differs"),
        ("Open", "OPEN", "case", "only upper and lower case differ"),
        ("caf\u00e9", "cafe\u0301", "encoding", "same text, other Unicode normal form"),
        ("a & b", "a &amp; b", "encoding", "same text, other HTML escaping"),
        ("a/b c", "a%2Fb%20c", "encoding", "same text, other percent escaping"),
        ('say "x"', 'say \\"x\\"', "encoding", "same text, other backslash escaping"),
        ("café", "cafÃ©", "encoding", "UTF-8 read as another charset"),
        ("http://old:1/a?b", "https://new/a?b", "url-host", "same URL, other scheme or host"),
        ("http://old/a", "/a", "url-host", "same URL, other scheme or host"),
        ("http://old/a", "http://new/b", "value", ""),
        ("12.50", "12.5", "precision", "same number, written with other digits"),
        ("a long street name", "a long st", "value", "cut at 9 characters"),
        ("a long st", "a long street name", "value", "old side is cut at 9 characters"),
        ("a", "b", "value", ""),
        ("", "a", "value", ""),
    ],
)
def test_names(old: object, new: object, kind: str, note: str) -> None:
    """Kind and cause in words."""
    assert name_scalars(old, new) == (Kind(kind), note)


@pytest.mark.parametrize(
    ("there", "lost", "come"),
    [
        (0, "missing", "extra"),
        ("x", "missing", "extra"),
        (False, "missing", "extra"),
        (None, "null-vs-missing", "null-vs-missing"),
        ("", "empty-vs-missing", "empty-vs-missing"),
        ([], "empty-vs-missing", "empty-vs-missing"),
        ({}, "empty-vs-missing", "empty-vs-missing"),
        ([0], "missing", "extra"),
    ],
)
def test_presence(there: object, lost: str, come: str) -> None:
    """Missing, null and empty are three things."""
    assert name_presence(there, ABSENT)[0].value == lost
    assert name_presence(ABSENT, there)[0].value == come


@pytest.mark.parametrize(("old", "new"), [(b"1e5", b"1E5"), (b"1e5", b"1e+5"), ("a", "a")])
def test_the_same(old: object, new: object) -> None:
    """Spellings without a meaning are no difference."""
    assert name_scalars(old, new) is None


values = st.one_of(
    st.text(max_size=12),
    st.integers(),
    st.booleans(),
    st.none(),
    st.decimals(allow_nan=False, allow_infinity=False)
    .map(lambda d: str(d).lower().encode())
    .filter(lambda b: b"e" in b or b"." in b),
    st.datetimes().map(str),
)


@given(values, values)
def test_names_are_symmetric_and_never_fail(old: object, new: object) -> None:
    """Which side is which does not change the kind."""
    forth, back = name_scalars(old, new), name_scalars(new, old)
    assert (forth and forth[0]) == (back and back[0])
    if type(old) is not type(new):
        assert forth is not None


@given(st.text(), st.text())
def test_different_texts_always_differ(old: str, new: str) -> None:
    """No recognition explains a difference away."""
    assert (name_texts(old, new) is None) == (old == new)
