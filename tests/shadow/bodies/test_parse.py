"""Exact parsing: nothing that the bytes say is lost, whichever parser read them."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.bodies.parse import Doubled, NonFinite, NotJsonError, number, parse, scalar_text, to_text


@pytest.mark.parametrize(
    ("raw", "want"),
    [
        (b"1", 1),
        (b"1.0", b"1.0"),
        (b"1.50", b"1.50"),
        (b"-0", b"-0"),
        (b'[-0, "2026-01-0x"]', [b"-0", "2026-01-0x"]),
        (b"-0.0", b"-0.0"),
        (b"[-0.5, -1]", [b"-0.5", -1]),
        (b"9007199254740993", 9007199254740993),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (b"9" * 5000, b"9" * 5000),
        (b"1e400", b"1e400"),
        (b"true", True),
        (b"null", None),
        (b'"1"', "1"),
        (b'"\\ud800"', "\ud800"),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b"[NaN, -Infinity]", [NonFinite("NaN"), NonFinite("-Infinity")]),
        (b"\xef\xbb\xbf[1]", [1]),
        ('["é"]'.encode("utf-16"), ["é"]),
        (b'{"a\\u003a": 1}', {"a:": 1}),
        (b'{ "a" : 1 , "b:" : "c:d" }', {"a": 1, "b:": "c:d"}),
    ],
)
def test_values(raw: bytes, want: object) -> None:
    """Each literal keeps its type and its digits."""
    value = parse(raw)
    assert (type(value), value) == (type(want), want)


@pytest.mark.parametrize(
    ("raw", "charset", "reason"),
    [
        (b"", "", "Expecting value at line 1 column 1"),
        (b"[1,]", "", "Expecting value at line 1 column 4"),
        (b"1 2", "", "Extra data at line 1 column 3"),
        (b"{'a': 1}", "", "Expecting property name enclosed in double quotes at line 1 column 2"),
        (b"01", "", "Extra data at line 1 column 2"),
        (b'"a\nb"', "", "Invalid control character at at line 1 column 3"),
        (b'"\xff"', "", "not utf-8"),
        (b"1", "klingon", "not klingon"),
    ],
)
def test_no_json(raw: bytes, charset: str, reason: str) -> None:
    """What is no JSON says where, and quotes nothing of it."""
    with pytest.raises(NotJsonError) as raised:
        parse(raw, charset)
    assert str(raised.value) == reason


def test_charset() -> None:
    """A charset that the header names is used."""
    assert parse('"é"'.encode("latin-1"), "iso-8859-1") == "é"


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":2}',
        b'{"a" :1,"a"\n:2}',
        b'{"a":1,"a":"\\u003a"}',
        b'{"a":":","a":2}',
        b'{"x":{"a":1,"a":2}}',
        b'[{"a":1},{"a":{"b":1},"a":2}]',
        b'{"\\u0061":1,"a":2}',
    ],
)
def test_no_duplicate_gets_lost(raw: bytes) -> None:
    """Whatever hides it: escapes, white space, depth."""
    assert "Doubled" in _types(parse(raw))


def test_lost_values_in_order() -> None:
    """The last value counts, as with most parsers; the earlier ones are kept in order."""
    value = parse(b'{"a":1,"b":0,"a":2,"a":3}')
    assert isinstance(value, Doubled)
    assert (dict(value), value.lost) == ({"a": 3, "b": 0}, (("a", 1), ("a", 2)))
    assert value != {"a": 3, "b": 0} and value != {"a": 3, "b": 0}
    assert value == parse(b'{"a":1,"b":0,"a":2,"a":3}')
    assert value != parse(b'{"a":true,"b":0,"a":2,"a":3}')


def test_too_deep() -> None:
    """Nesting beyond the interpreter's limit is an error, never a crash."""
    with pytest.raises(RecursionError):
        parse(b"[" * 100_000 + b"]" * 100_000)


def _types(value: object) -> str:
    if isinstance(value, dict):
        return type(value).__name__ + "".join(map(_types, value.values()))
    if isinstance(value, list):
        return "".join(map(_types, value))
    return ""


pairs = st.recursive(
    st.one_of(
        st.integers(), st.booleans(), st.none(), st.text(max_size=6), st.sampled_from([":", '"', '\\":', "-0"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(st.tuples(st.sampled_from(["a", "b", ":", "c:"]), inner), max_size=4).map(tuple),
    ),
    max_leaves=12,
)


def _write(value: object, ascii_only: bool) -> str:
    if isinstance(value, tuple):
        return "{" + ",".join(f"{json.dumps(k)}:{_write(v, ascii_only)}" for k, v in value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_write(each, ascii_only) for each in value) + "]"
    return json.dumps(value, ensure_ascii=ascii_only)


def _has_duplicates(value: object) -> bool:
    if isinstance(value, tuple):
        names = [name for name, _ in value]
        return len(set(names)) < len(names) or any(_has_duplicates(each) for _, each in value)
    return isinstance(value, list) and any(map(_has_duplicates, value))


def _lost_duplicates(value: object) -> bool:
    if isinstance(value, Doubled):
        return True
    if isinstance(value, dict):
        return any(map(_lost_duplicates, value.values()))
    return isinstance(value, list) and any(map(_lost_duplicates, value))


@given(pairs, st.booleans())
def test_duplicates_are_found_exactly(document: object, ascii_only: bool) -> None:
    """The shortcut over the colons agrees with a look at every pair, unless the duplicate itself was overwritten."""
    found = _lost_duplicates(parse(_write(document, ascii_only).encode("utf-8", "surrogatepass")))
    assert found == _has_duplicates(document)


@given(st.decimals(allow_nan=False, allow_infinity=False), st.integers())
def test_numbers_are_exact(decimal: Decimal, integer: int) -> None:
    """No digit is lost on the way through."""
    raw = str(decimal).lower()
    if "e" in raw or "." in raw:
        assert str(number(parse(raw.encode()))).lower() == raw
    assert number(parse(str(integer).encode())) == integer


@pytest.mark.parametrize(("value", "want"), [(True, None), ("1", None), (None, None), (b"1.50", Decimal("1.50"))])
def test_number(value: object, want: Decimal | None) -> None:
    """Only numbers are numbers."""
    assert number(value) == want


@pytest.mark.parametrize(
    ("value", "want"),
    [
        ({"a": [1, b"1.50", True, None, 'x"y'], "é": {}}, '{"a": [1, 1.50, true, null, "x\\"y"], "é": {}}'),
        ("\ud800", '"\\ud800"'),
        (NonFinite("NaN"), "NaN"),
    ],
)
def test_text(value: object, want: str) -> None:
    """Values are written as they were."""
    assert to_text(value) == want
    assert want.encode("utf-8")


def test_scalar_text_of_booleans() -> None:
    """True is not 1."""
    assert [scalar_text(value) for value in (True, 1, False, 0)] == ["true", "1", "false", "0"]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([b"1.50", b"-0", b"1e400"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(JSON_VALUES)
def test_written_in_c_as_it_is_in_python(value: object) -> None:
    """One way is fast, the other writes what no JSON library would (lone surrogates, NaN); they agree."""
    assert to_text(value) == to_text(value, 1 << 30)
    assert to_text([value, "\ud800"]) == to_text([value, "\ud800"], 1 << 30)
    assert to_text([value, NonFinite("NaN")]) == to_text([value, NonFinite("NaN")], 1 << 30)
