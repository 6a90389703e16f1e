"""What the listener adds to a request."""

from __future__ import annotations

import pytest

from shadow.mirror.forward import forwarded_headers, with_host
from shadow.wire.head import RequestHead

HOST = (b"Host", b"shop.example:8443")


@pytest.mark.parametrize(
    ("given", "peer", "expected"),
    [
        ([], "10.0.0.9", {b"x-forwarded-for": [b"10.0.0.9"], b"x-forwarded-proto": [b"http"],
                          b"x-forwarded-host": [b"shop.example:8443"], b"x-forwarded-port": [b"80"]}),
        ([(b"X-Forwarded-For", b"1.1.1.1, 2.2.2.2"), (b"x-forwarded-for", b"3.3.3.3")], "::1",
         {b"x-forwarded-for": [b"1.1.1.1, 2.2.2.2, 3.3.3.3, ::1"]}),
        ([(b"X-FORWARDED-PROTO", b"https"), (b"X-Forwarded-Host", b"a"), (b"x-forwarded-port", b"443")], "1.1.1.1",
         {b"x-forwarded-proto": [b"https"], b"x-forwarded-host": [b"a"], b"x-forwarded-port": [b"443"]}),
        ([], "", {b"x-forwarded-for": [b"unknown"]}),
    ],
)
def test_forwarded(given: list[tuple[bytes, bytes]], peer: str, expected: dict[bytes, list[bytes]]) -> None:
    cookies = [(b"Cookie", b"a"), (b"Cookie", b"a")]
    head = RequestHead(b"GET", b"/", "1.1", [HOST, *cookies, *given])
    before = list(head.headers)
    got = forwarded_headers(head, peer=peer, port=80)
    for name, values in expected.items():
        assert [v for k, v in got if k.lower() == name] == values
    assert [pair for pair in got if pair[0] in (b"Host", b"Cookie")] == [HOST, *cookies]
    assert head.headers == before


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], [(b"Host", b"old:8000")]),
        ([(b"X-A", b"1")], [(b"Host", b"old:8000"), (b"X-A", b"1")]),
        ([(b"X-A", b"1"), (b"hOST", b"shop")], [(b"X-A", b"1"), (b"hOST", b"shop")]),
        ([(b"Host", b"")], [(b"Host", b"")]),
    ],
)
def test_who_names_no_host_means_the_primary(
    given: list[tuple[bytes, bytes]], expected: list[tuple[bytes, bytes]]
) -> None:
    assert with_host(given, b"old:8000") == expected
