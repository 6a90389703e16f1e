"""Whose request it is."""

from __future__ import annotations

import base64
import json

import pytest

from shadow.mirror.client import ClientKey

CONNECTION = "127.0.0.1 5000"


def token(payload: object) -> bytes:
    body = base64.urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b"=")
    return b"Bearer e30." + body + b".sig"


@pytest.mark.parametrize(
    ("setting", "header"),
    [
        ("cookie:sid", (b"Cookie", b"a=1; sid=secret; b=2")),
        ("header:X-User", (b"x-user", b"secret")),
        ("bearer:sub", (b"Authorization", token({"sub": "secret"}))),
    ],
)
def test_the_key_is_the_value_and_only_its_hash(setting: str, header: tuple[bytes, bytes]) -> None:
    key = ClientKey(setting)
    found = key.of([(b"Host", b"a"), header], CONNECTION)
    assert found == key.of([header], "another connection")
    assert found != CONNECTION and "secret" not in found
    other = (header[0], header[1].replace(b"secret", b"other") if b"secret" in header[1] else token({"sub": "o"}))
    assert key.of([other], CONNECTION) not in (found, CONNECTION)


@pytest.mark.parametrize(
    ("setting", "headers"),
    [
        ("", [(b"Cookie", b"sid=1")]),
        ("cookie:sid", []),
        ("cookie:sid", [(b"Cookie", b"other=1")]),
        ("cookie:sid", [(b"Cookie", b"sid=")]),
        ("header:x", [(b"y", b"1")]),
        ("bearer:sub", [(b"Authorization", b"Basic abc")]),
        ("bearer:sub", [(b"Authorization", b"Bearer a.!!!.c")]),
        ("bearer:sub", [(b"Authorization", b"Bearer a.e30.c")]),
        ("bearer:sub", [(b"Authorization", token([1]))]),
        ("bearer:sub", [(b"Authorization", token({"sub": None}))]),
    ],
)
def test_without_one_it_is_the_connection(setting: str, headers: list[tuple[bytes, bytes]]) -> None:
    assert ClientKey(setting).of(headers, CONNECTION) == CONNECTION


@pytest.mark.parametrize("setting", ["cookie", "cookie:", "session:x", "x"])
def test_an_unknown_setting_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match="expected cookie:NAME"):
        ClientKey(setting)
