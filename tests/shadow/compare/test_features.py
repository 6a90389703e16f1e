"""Features: bounded words, never values."""

from __future__ import annotations

import msgspec
import pytest

from shadow.compare.features import MAX_PARAMETERS, request_bytes, request_features, sampled_features
from shadow.config.model import Redact
from shadow.records import Headers, RequestCopy, ResponseCopy
from shadow.redact import Redactor
from tests.shadow.compare.made import answer, exchange

REDACTOR = Redactor(Redact(), b"key")


def features(target: bytes = b"/x", headers: Headers = (), body: bytes = b"", method: str = "GET") -> set[str]:
    request = RequestCopy(method=method, target=target, headers=headers, body=body)
    return set(request_features(REDACTOR, request, ResponseCopy(status=200, body=b"x" * 2000)))


BASE = {"method GET", "status 200", "answer <16KiB"}


@pytest.mark.parametrize(
    ("target", "found"),
    [
        (b"/x?full=1&page=2", {"parameter full", "parameter page"}),
        (b"/x?full", {"parameter full"}),
        (b"/x?", set()),
        (b"/x?a%5B%5D=1", {"parameter a[]"}),
        (b"/x?" + b"n" * 60 + b"=1", set()),
        (b"/x?17=1&a%20b=2&%00=1", set()),
        (b"/x?ann@example.org=1", set()),
        (b"/x?" + b"&".join(b"p%d=1" % n for n in range(30)), {f"parameter p{n}" for n in range(MAX_PARAMETERS)}),
    ],
)
def test_parameters(target: bytes, found: set[str]) -> None:
    assert features(target) == BASE | found


def test_headers() -> None:
    headers = (
        (b"Authorization", b"Bearer secret-secret"), (b"User-Agent", b"okhttp/4.9 (secret)"), (b"X-Tenant-Id", b"acme"),
        (b"Content-Type", b"application/json; charset=utf-8"), (b"X-Secret", b"secret"), (b"Cookie", b"sid=secret"),
    )  # fmt: skip
    found = features(headers=headers, body=b"{}", method="POST")
    mark = REDACTOR.mark("tenant", "acme")
    assert found == BASE - {"method GET"} | {
        "method POST", "header authorization", "header cookie", "agent okhttp", f"tenant {mark}",
        "content-type application/json", "request <1KiB",
    }  # fmt: skip
    assert "acme" not in repr(found) and "secret" not in repr(found)


@pytest.mark.parametrize("value", [b"", b"\xff\xfe", b"/", b"<script>"])
def test_strange_headers(value: bytes) -> None:
    headers = ((b"User-Agent", value), (b"Accept", value))
    assert features(headers=headers) - BASE == {"agent *", "accept *"}


def test_size() -> None:
    assert request_bytes(RequestCopy(method="GET", target=b"/abc", headers=((b"a", b"bc"),), body=b"1234")) == 11


def test_of_what_agrees_a_sample_is_enough() -> None:
    """Every failing exchange, and one in eight of the others, whatever period the traffic has."""

    def taken(step: int, *, is_bad: bool) -> int:
        one = exchange(answer("primary"), answer("candidate"))
        seqs = range(1, 800 * step, step)
        return sum(
            bool(sampled_features(REDACTOR, msgspec.structs.replace(one, seq=seq), is_bad=is_bad)) for seq in seqs
        )

    assert taken(1, is_bad=True) == 799
    for step in (1, 2, 7, 8, 16, 64):
        assert 60 <= taken(step, is_bad=False) <= 140
