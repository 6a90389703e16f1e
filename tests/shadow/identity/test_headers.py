from __future__ import annotations

import pytest

from shadow.config.contract import Identity
from shadow.identity.headers import swap_answer_headers, swap_request_headers
from shadow.identity.kinds import Names

NAMES = Names(Identity(learn="inferred"))
PAIRS = {
    ("cookie:sid", "A"): "X", ("token", "tok.en"): "other", ("etag:/orders/17", '"1"'): '"9"', ("order", "17"): 93,
    ("x-csrf-token", "c1"): "c9",
}  # fmt: skip


def swap(kind: str, value: str) -> str | int | None:
    return PAIRS.get((kind, value))


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (b"Cookie", b"a=1; sid=A;b=2", b"a=1; sid=X; b=2"),
        (b"cookie", b"sid=B; junk", b"sid=B; junk"),
        (b"Authorization", b"Bearer tok.en", b"Bearer other"),
        (b"Authorization", b"Bearer else", b"Bearer else"),
        (b"Authorization", b"tok.en", b"tok.en"),
        (b"If-Match", b'"1"', b'"9"'),
        (b"If-None-Match", b'"0", "1"', b'"0", "9"'),
        (b"If-Match", b"*", b"*"),
        (b"Order-Id", b"17", b"93"),
        (b"X-Order-ID", b"17", b"93"),
        (b"X-CSRF-Token", b"c1", b"c9"),
        (b"Host", b"17", b"17"),
        (b"Other", b"17", b"17"),
    ],
)
def test_requests(name: bytes, before: bytes, after: bytes) -> None:
    assert swap_request_headers(((name, before),), "/orders/17", NAMES, swap) == ((name, after),)


def test_tags_are_about_one_path() -> None:
    headers = ((b"If-Match", b'"1"'),)
    assert swap_request_headers(headers, "/orders/18", NAMES, swap) == headers


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (b"Set-Cookie", b"sid=A; Path=/; HttpOnly", b"sid=X; Path=/; HttpOnly"),
        (b"Set-Cookie", b"novalue", b"novalue"),
        (b"ETag", b'"1"', b'"9"'),
        (b"Location", b"/orders/17", b"/orders/here"),
        (b"X-Order-Id", b"18", b"18"),
    ],
)
def test_answers(name: bytes, before: bytes, after: bytes) -> None:
    def link(kind: str, text: str) -> str:
        return text.replace("17", "here")

    assert swap_answer_headers(((name, before),), "/orders/17", NAMES, swap, link) == ((name, after),)

