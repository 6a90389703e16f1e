from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.export import check

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
)  # fmt: skip


@given(JSON)
def test_a_document_is_the_same_as_itself(document: Any) -> None:
    read = check.parsed(json.dumps(document))
    assert check.same(read, check.parsed(json.dumps(document)))


@pytest.mark.parametrize(
    ("one", "two"),
    [("1", "1.0"), ("1.0", "1.00"), ("1", '"1"'), ("1", "true"), ("0", "false"), ("null", '""'), ("[1,2]", "[2,1]"),
     ('{"a":1}', '{"a":1,"b":null}'), ("[]", "[[]]"), ('"a"', '"A"')],
)  # fmt: skip
def test_what_is_not_the_same(one: str, two: str) -> None:
    assert not check.same(check.parsed(one), check.parsed(two))
    assert not check.same(check.parsed(two), check.parsed(one))


def test_a_placeholder_stands_for_any_text() -> None:
    assert check.same("a ‹email:12ab› b", "a x@y.z\n b")
    assert not check.same("a ‹email:12ab› b", "a x@y.z c")
    assert check.same({"a": ["‹card:00ff›"]}, {"a": [4111]})
    assert not check.same("‹card:00ff›", None)


def test_places() -> None:
    document = {"a": [{"b": 1}]}
    assert check.value_at(document, ["a", 0, "b"]) == 1
    assert check.value_at(document, []) is document
    for place in (["b"], ["a", 1], ["a", "0"], ["a", 0, "b", "c"], [0]):
        assert check.value_at(document, place) is check.MISSING


@pytest.mark.parametrize(
    ("call", "good"),
    [
        (lambda a: check.check_status(a, 200), True),
        (lambda a: check.check_status(a, 201), False),
        (lambda a: check.check_header(a, ["vary"], "a, b"), True),
        (lambda a: check.check_header(a, ["vary"], "a"), False),
        (lambda a: check.check_header(a, ["etag"], None), True),
        (lambda a: check.check_header(a, ["vary"], None), False),
        (lambda a: check.check_header(a, ["etag"], "x"), False),
        (lambda a: check.check_header(a, ["set-cookie", "sid"], "sid"), True),
        (lambda a: check.check_header(a, ["set-cookie", "sid", "path"], "/"), True),
        (lambda a: check.check_header(a, ["set-cookie", "sid", "samesite"], None), True),
        (lambda a: check.check_header(a, ["set-cookie", "sid", "samesite"], "lax"), False),
        (lambda a: check.check_header(a, ["set-cookie", "other"], "other"), False),
        (lambda a: check.check_json(a, ["n"], "1.0"), True),
        (lambda a: check.check_json(a, ["n"], "1"), False),
        (lambda a: check.check_json(a, ["x"], None), True),
        (lambda a: check.check_json(a, ["n"], None), False),
        (lambda a: check.check_json(a, ["x"], "1"), False),
        (lambda a: check.check_json(a, ["l"], "[2, 1]", "id"), True),
        (lambda a: check.check_json(a, ["l"], "[1, 2]", "id"), False),
        (lambda a: check.check_text(a, "x"), False),
    ],
)
def test_checks(call: Any, good: bool) -> None:
    headers = [("Vary", "a"), ("vary", "b"), ("Set-Cookie", "sid=1; Path=/; HttpOnly")]
    answer = (200, headers, b'{"n": 1.0, "l": [{"id": 2, "at": 5}, {"id": 1}]}')
    if good:
        call(answer)
    else:
        with pytest.raises(AssertionError):
            call(answer)


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    seen: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((self.path, dict(self.headers), body))
            self.send_response(201)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("SHADOW_BASE_URL", f"http://127.0.0.1:{server.server_port}/base/")
    yield seen
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_request_gets_its_secrets_from_the_environment(backend: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    headers = [("Authorization", "Bearer ‹bearer:9b02›"), ("Content-Type", "application/json")]
    given = ("POST", "/a b?token=‹token:00aa›", headers, '{"pin": "‹pin:ff›"}')
    for name, value in (("SHADOW_TOKEN_00AA", "a&b"), ("SHADOW_BEARER_9B02", "t.o-k"), ("SHADOW_PIN_FF", 'q"q')):
        with pytest.raises(AssertionError, match=name):
            check.ask(*given)
        monkeypatch.setenv(name, value)
    assert check.ask(*given)[0] == 201
    ((path, sent, body),) = backend
    assert path == "/base/a%20b?token=a%26b"
    assert (sent["Authorization"], body) == ("Bearer t.o-k", b'{"pin": "q\\"q"}')


def test_without_a_base_url_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHADOW_BASE_URL", raising=False)
    with pytest.raises(AssertionError, match="set SHADOW_BASE_URL"):
        check.ask("GET", "/", [], "")
