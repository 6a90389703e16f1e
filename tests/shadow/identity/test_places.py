from __future__ import annotations

import gzip
import json
from typing import Any

import msgspec


def swap(kind: str, value: str) -> str | int | None:
    return {("order", "17"): 93, ("cookie:sid", "A"): "X", ("etag:/orders/17", '"a"'): '"b"'}.get((kind, value))


def test_a_whole_request(places: Any, ask: Any) -> None:
    request = ask("PUT /orders/17?order_id=17", {"id": 17, "n": 17, "self": "/orders/17"}, ("Cookie", "sid=A"),
                  ("If-Match", '"a"'))  # fmt: skip
    found = places().request(request, swap)
    assert found.target == b"/orders/93?order_id=93"
    assert json.loads(found.body) == {"id": 93, "n": 17, "self": "/orders/93"}
    assert found.headers[:2] == ((b"Cookie", b"sid=X"), (b"If-Match", b'"b"'))


def test_a_whole_answer(places: Any, ask: Any, reply: Any) -> None:
    answer = reply(200, {"id": 17, "n": 17}, ("Location", "http://new:2/orders/17"), ("ETag", '"a"'))
    found = places().answer(ask("GET /orders/17"), answer, swap)
    assert found.headers[:2] == ((b"Location", b"http://new:2/orders/93"), (b"ETag", b'"b"'))
    assert json.loads(found.body) == {"id": 93, "n": 17}


def test_markup_may_be_compressed(places: Any, ask: Any, reply: Any) -> None:
    headers = ((b"Content-Type", b"text/html"), (b"Content-Encoding", b"gzip"))
    answer = msgspec.structs.replace(reply(200), headers=headers, body=gzip.compress(b'<a href="/orders/17">'))
    found = places().answer(ask("GET /"), answer, swap)
    assert (found.headers, found.body) == (headers[:1], b'<a href="/orders/93">')


def test_what_is_cut_is_left_alone(places: Any, ask: Any, reply: Any) -> None:
    answer = msgspec.structs.replace(reply(200, {"id": 17}), complete=False)
    assert places().answer(ask("GET /orders/17"), answer, swap).body == answer.body
    assert places().decoded(answer) is None
    broken = msgspec.structs.replace(answer, complete=True, headers=((b"Content-Encoding", b"gzip"),))
    assert places().decoded(broken) is None
