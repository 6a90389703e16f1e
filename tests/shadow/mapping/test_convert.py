from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.bodies.parse import parse, to_text
from shadow.mapping.convert import convert_json, convert_text

WORDS = ("text", "integer", "number", "boolean", "upper", "lower", "epoch", "instant")


@pytest.mark.parametrize(
    ("value", "conversion", "found"),
    [
        (5, "text", "5"), (b"1.50", "text", "1.50"), (True, "text", "true"), ("a", "text", "a"),
        ("5", "integer", 5), ("5.0", "integer", 5), ("5.5", "integer", "5.5"), (b"5.0", "integer", 5),
        ("05", "integer", "05"), (True, "integer", 1), ("", "integer", ""), ("-0", "integer", 0),
        ("1.50", "number", b"1.50"), ("7", "number", 7), ("1e5", "number", b"1e5"), ("x", "number", "x"),
        ("yes", "boolean", True), ("0", "boolean", False), (1, "boolean", True), (2, "boolean", 2),
        ("aB", "upper", "AB"), ("aB", "lower", "ab"), (5, "upper", 5),
        ("2026-01-31T10:00:00Z", "epoch", 1769853600), ("2026-01-31T11:00:00+01:00", "epoch", 1769853600),
        ("2026-01-31T10:00:00.25Z", "epoch", b"1769853600.25"), ("tomorrow", "epoch", "tomorrow"),
        (1769853600, "instant", "2026-01-31T10:00:00Z"), (b"1769853600.25", "instant", "2026-01-31T10:00:00.250000Z"),
        ("x", "instant", "x"), (10**40, "instant", 10**40), (b"1e999999999", "instant", b"1e999999999"),
        (None, "text", None), ([1], "text", [1]), ({"a": 1}, "integer", {"a": 1}),
    ],
)  # fmt: skip
def test_conversions(value: object, conversion: str, found: object) -> None:
    converted = convert_json(value, conversion)
    assert (converted, type(converted)) == (found, type(found))


FLOATS = st.floats(allow_nan=False, allow_infinity=False).map(lambda value: repr(value).encode())


@given(st.text(max_size=20) | st.integers() | FLOATS, st.sampled_from(WORDS))
def test_what_comes_out_can_be_written_as_json(value: object, conversion: str) -> None:
    text = to_text([convert_json(value, conversion)])
    assert to_text(parse(text.encode("utf-8", "surrogatepass"))) == text


@given(st.text(max_size=20), st.sampled_from(WORDS))
def test_fields_never_fail(text: str, conversion: str) -> None:
    found = convert_text(text, conversion)
    assert found is None or isinstance(found, str)
