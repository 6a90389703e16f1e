from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.mapping.book import MappingBook
from shadow.records import RequestCopy, ResponseCopy
from shadow.validation import parse_config
from shadow.wire.head import header_lines, request_bytes

JSON = (b"Content-Type", b"application/json")
BOOK = """
mapping:
  - endpoint: "* /api/*"
    path: /v2/*
    headers: {set: {X-Version: "2"}}
  - endpoint: GET /api/users/{id}/posts
    path: /v2/posts/by/{id}
    query: {rename: {page: p}, set: {format: json}}
    answer:
      status: {206: 200}
      headers: {rename: {X-Count: X-Total}}
      body:
        - {path: $.data, to: $}
        - {path: "$[*].n", to: "$[*].number"}
  - endpoint: POST /api/orders
    path: /v2/orders
    method: PUT
    body: [{path: $.quantity, to: $.qty}]
    form: {rename: {quantity: qty}}
  - endpoint: GET /same
    query: {drop: [debug]}
"""


def made(text: str = BOOK) -> MappingBook:
    frame = "primary: {url: http://old:1}\ncandidate: {url: http://new:2}\n"
    return MappingBook(parse_config(frame + text, "shadow.yaml", {}))


@pytest.fixture
def book() -> MappingBook:
    return made()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("GET /api/auth/me?x=1&y=%20", "GET /v2/auth/me?x=1&y=%20"),
        ("GET /api/users/7/posts?page=2", "GET /v2/posts/by/7?p=2&format=json"),
        ("GET /api/users/7/posts", "GET /v2/posts/by/7?format=json"),
        ("DELETE /api/users/7/posts", "DELETE /v2/users/7/posts"),
        ("POST /api/orders", "PUT /v2/orders"),
        ("GET /same//x/../?debug=1", "GET /same//x/../?debug=1"),
        ("GET /same?debug=1", "GET /same"),
        ("GET /same/?", "GET /same/?"),
        ("GET /other?debug=1", "GET /other?debug=1"),
        ("OPTIONS *", "OPTIONS *"),
    ],
)
def test_request_lines(book: MappingBook, before: str, after: str) -> None:
    method, _, target = before.partition(" ")
    found = book.request(RequestCopy(method=method, target=target.encode()))
    assert f"{found.method} {found.target.decode()}" == after


def test_messages(book: MappingBook) -> None:
    body = json.dumps({"quantity": 2, "item": "a"}).encode()
    request = RequestCopy(method="POST", target=b"/api/orders", headers=(JSON,), body=body)
    assert json.loads(book.request(request).body) == {"item": "a", "qty": 2}
    form = (b"Content-Type", b"application/x-www-form-urlencoded")
    request = RequestCopy(method="POST", target=b"/api/orders", headers=(form,), body=b"quantity=2&a=%20")
    assert book.request(request).body == b"qty=2&a=%20"
    assert book.request(RequestCopy(method="GET", target=b"/api/x")).headers == ((b"X-Version", b"2"),)


def test_answers_come_back(book: MappingBook) -> None:
    request = RequestCopy(method="GET", target=b"/api/users/7/posts")
    answer = ResponseCopy(
        status=206, headers=(JSON, (b"x-count", b"1")),
        body=b'{"data": [{"n": 1.0, "self": "/v2/posts/by/7?p=2", "next": "http://new:2/v2/x#y", "no": "/else"}]}',
    )  # fmt: skip
    found = book.answer(request, answer)
    assert found.status == 200
    assert (b"X-Total", b"1") in found.headers
    assert json.loads(found.body) == [
        {"self": "/api/users/7/posts?page=2", "next": "http://new:2/api/x#y", "no": "/else", "number": 1.0}
    ]
    assert b"1.0" in found.body


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"/v2/auth/me", b"/api/auth/me"),
        (b"http://new:2/v2/posts/by/7?p=1", b"http://new:2/api/users/7/posts?page=1"),
        (b"http://new:2", b"http://new:2"),
        (b"relative/v2/x", b"relative/v2/x"),
        (b"//new:2/v2/x", b"//new:2/v2/x"),
    ],
)
def test_locations(book: MappingBook, before: bytes, after: bytes) -> None:
    answer = ResponseCopy(status=302, headers=((b"Location", before),))
    assert book.answer(RequestCopy(method="GET", target=b"/x"), answer).headers == ((b"Location", after),)


def test_what_nothing_maps_stays_the_same_object() -> None:
    request, answer = RequestCopy(method="GET", target=b"/x"), ResponseCopy(status=200)
    for each in (made(), made("")):
        assert each.request(request) is request
        assert each.answer(request, answer) is answer
    assert made()
    assert not made("")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("GET /api/users/{id}/posts", "GET /v2/posts/by/{id}"),
        ("GET /api/users/{user_id}/posts", "GET /v2/posts/by/{user_id}"),
        ("POST /api/orders", "PUT /v2/orders"),
        ("GET /api/auth/me", "GET /v2/auth/me"),
        ("GET /same", "GET /same"),
        ("GET /other/{id}", "GET /other/{id}"),
        ("GET _other", "GET _other"),
    ],
)
def test_new_endpoints(book: MappingBook, old: str, new: str) -> None:
    assert book.new_endpoint(old) == new


PRINTABLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=30)
WORDS = st.text("aZ9-_~.", max_size=4) | st.text("aZ9%:{} \r\n\u00fc", max_size=4)


@given(PRINTABLE, PRINTABLE, WORDS, WORDS, WORDS)
def test_no_mapping_makes_an_invalid_request(path: str, query: str, one: str, two: str, three: str) -> None:
    from shadow.errors import ConfigError

    given_mapping: dict[str, Any] = {
        "endpoint": "* /api/*", "path": f"/{one}/*", "headers": {"set": {two or "x": three}},
        "query": {"rename": {one: two}, "set": {two: three}, "drop": [three]},
    }  # fmt: skip
    try:
        book = made(f"mapping: {json.dumps([given_mapping])}\n")
    except ConfigError:
        return
    found = book.request(RequestCopy(method="GET", target=f"/api/{path}?{query}".encode()))
    head = request_bytes(b"GET", found.target, header_lines(found.headers))
    lines = head.split(b"\r\n")
    assert re.fullmatch(rb"GET /[!-~]* HTTP/1\.1", lines[0]), lines[0]
    assert len(lines) == 1 + len(found.headers) + 2
    assert all(re.fullmatch(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\t\x20-\x7e\x80-\xff]*", line) for line in lines[1:-2])
