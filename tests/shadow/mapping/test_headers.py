from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.config.contract import HeaderMapping
from shadow.mapping.headers import fault_in_name, fault_in_value, map_headers


def test_drop_rename_set() -> None:
    headers = ((b"X-A", b"1"), (b"x-a", b"2"), (b"X-B", b"3"), (b"Host", b"h"), (b"X-New", b"0"))
    mapping = HeaderMapping(drop=("x-b",), rename={"X-A": "X-C"}, set={"x-new": "4"})
    assert map_headers(headers, mapping) == ((b"X-C", b"1"), (b"X-C", b"2"), (b"Host", b"h"), (b"x-new", b"4"))
    assert map_headers(headers, HeaderMapping()) is headers


@pytest.mark.parametrize("name", ["", "a b", "a:", "Content-Length", "transfer-ENCODING", "X\r\nY", "ü", "connection"])
def test_names_that_cannot_be_mapped(name: str) -> None:
    assert fault_in_name(name)


@pytest.mark.parametrize("value", ["a\r\nb", "a\nb", "\0", " a", "a ", "\u2028", "\x7f"])
def test_values_that_cannot_be_set(value: str) -> None:
    assert fault_in_value(value)


def test_what_can_be() -> None:
    assert [fault_in_name(name) for name in ("Host", "Cookie", "X-A_b.c")] == ["", "", ""]
    assert [fault_in_value(value) for value in ("", "a b", "\xe9", 'W/"1"')] == ["", "", "", ""]


@given(st.text(max_size=6), st.text(max_size=6))
def test_nothing_accepted_ends_a_line(name: str, value: str) -> None:
    if not fault_in_name(name) and not fault_in_value(value):
        for written, text in map_headers((), HeaderMapping(set={name: value})):
            assert not set(written + text) & set(b"\r\n\0")
            assert b":" not in written
