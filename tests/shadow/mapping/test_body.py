from __future__ import annotations

import gzip
from typing import Any

import pytest

from shadow.mapping.body import change_body

JSON = (b"Content-Type", b"application/json")


def drop_a(document: Any) -> Any:
    return None if document.pop("a", None) is None else document


def changed(headers: Any, body: bytes) -> Any:
    return change_body(headers, body, 1000, json=drop_a, form=lambda form: form + b"&x=1")


def test_json_is_written_again_with_its_digits() -> None:
    body = b'{"a": 1, "b": 1.50, "c": 12345678901234567890123, "d": "\xc3\xbc"}'
    headers, found = changed((JSON, (b"content-length", b"%d" % len(body))), body)
    assert found == '{"b": 1.50, "c": 12345678901234567890123, "d": "ü"}'.encode()
    assert headers == (JSON, (b"content-length", b"%d" % len(found)))


def test_a_compressed_body_goes_out_plain() -> None:
    headers, found = changed((JSON, (b"Content-Encoding", b"gzip")), gzip.compress(b'{"a": 1, "b": 2}'))
    assert (headers, found) == ((JSON,), b'{"b": 2}')


def test_forms() -> None:
    form = (b"content-type", b"application/x-www-form-urlencoded")
    assert changed((form,), b"a=1") == ((form,), b"a=1&x=1")


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ((JSON,), b""),
        ((JSON,), b'{"b" : 2}'),  # nothing to change: byte by byte
        ((JSON,), b'{"a": '),
        ((JSON, (b"content-encoding", b"gzip")), b'{"a": 1}'),
        (((b"content-type", b"text/plain"),), b'{"a": 1}'),
        (((b"content-type", b"application/octet-stream"),), b'{"a": 1}'),
        ((JSON,), b'{"a": "' + b"x" * 2000 + b'"}'),
    ],
)
def test_what_is_left_alone(headers: Any, body: bytes) -> None:
    found = changed(headers, body)
    assert found[0] is headers
    assert found[1] is body
