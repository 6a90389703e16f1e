"""Targets and hosts, as tables."""

from __future__ import annotations

import pytest

from shadow.wire.refusal import Refusal
from shadow.wire.target import known_hosts, origin_form


@pytest.mark.parametrize(
    ("method", "target", "path", "authority"),
    [
        (b"GET", b"http://a/", b"/", b"a"),
        (b"GET", b"http://a", b"/", b"a"),
        (b"GET", b"HTTP://a:80/x?y=http://b/", b"/x?y=http://b/", b"a:80"),
        (b"GET", b"https://a?x", b"/?x", b"a"),
        (b"OPTIONS", b"http://a", b"*", b"a"),
        (b"OPTIONS", b"http://a/", b"/", b"a"),
        (b"OPTIONS", b"*", b"*", b""),
    ],
)
def test_origin_form(method: bytes, target: bytes, path: bytes, authority: bytes) -> None:
    assert origin_form(method, target) == (path, authority)


@pytest.mark.parametrize(
    "target", [b"*", b"", b"a", b"http://", b"http:///a", b"ftp://a/", b"http://u:p@a/", b"http://a/#f", b"http:/a"]
)
def test_what_is_neither_path_nor_url_is_refused(target: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        origin_form(b"GET", target)
    assert refused.value.status == 400


@pytest.mark.parametrize("host", [b"", b"a", b"a.example:8080", b"[::1]", b"[::1]:80", b"a_b", b"127.0.0.1", b"a:"])
def test_a_host(host: bytes) -> None:
    assert [known_hosts[host] for _ in range(2)] == [True, True]


@pytest.mark.parametrize("host", [b"a b", b"a/b", b"a@b", b"a:b", b"a, b", b"[::1", b"a:80:80", b"a\xff", b"a?b"])
def test_no_host(host: bytes) -> None:
    assert [known_hosts[host] for _ in range(2)] == [False, False]


def test_what_is_remembered_is_bounded() -> None:
    for number in range(6000):
        assert known_hosts[b"h%d" % number]
    assert not known_hosts[b"a" * 300 + b" "]
    assert len(known_hosts) <= 4096
