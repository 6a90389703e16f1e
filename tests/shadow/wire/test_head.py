"""Facts and refusals of heads, as tables."""

from __future__ import annotations

import pytest

from shadow.wire.head import (
    Framing,
    RequestHead,
    ResponseHead,
    as_headers,
    header_lines,
    request_bytes,
    response_bytes,
    trailer_fields,
)
from shadow.wire.refusal import Refusal, own_response

HOST = (b"Host", b"a.example")


def request(*headers: tuple[bytes, bytes], method: bytes = b"POST", version: str = "1.1") -> RequestHead:
    return RequestHead(method, b"/x?y=1", version, list(headers))


@pytest.mark.parametrize(
    ("headers", "version", "status"),
    [
        pytest.param([HOST, (b"Transfer-Encoding", b"chunked"), (b"Content-Length", b"5")], "1.1", 400,
                     id="TE and CL"),
        pytest.param([HOST, (b"Content-Length", b"5"), (b"content-length", b"5")], "1.1", 400, id="equal CLs"),
        pytest.param([HOST, (b"Content-Length", b"5"), (b"Content-Length", b"6")], "1.1", 400, id="two CLs"),
        pytest.param([HOST, (b"Content-Length", b"+5")], "1.1", 400, id="plus"),
        pytest.param([HOST, (b"Content-Length", b"-5")], "1.1", 400, id="minus"),
        pytest.param([HOST, (b"Content-Length", b"0x5")], "1.1", 400, id="hexadecimal"),
        pytest.param([HOST, (b"Content-Length", b"5, 5")], "1.1", 400, id="list CL"),
        pytest.param([HOST, (b"Content-Length", b"5 5")], "1.1", 400, id="space in CL"),
        pytest.param([HOST, (b"Content-Length", b"")], "1.1", 400, id="empty CL"),
        pytest.param([HOST, (b"Content-Length", "٥".encode())], "1.1", 400, id="other digits"),
        pytest.param([HOST, (b"Transfer-Encoding", b"gzip, chunked")], "1.1", 400, id="TE list"),
        pytest.param([HOST, (b"Transfer-Encoding", b"xchunked")], "1.1", 400, id="TE almost"),
        pytest.param([HOST, (b"Transfer-Encoding", b"identity")], "1.1", 400, id="TE identity"),
        pytest.param([HOST, (b"Transfer-Encoding", b"")], "1.1", 400, id="TE empty"),
        pytest.param([HOST, (b"Transfer-Encoding", b"chunked"), (b"Transfer-Encoding", b"chunked")], "1.1", 400,
                     id="two TEs"),
        pytest.param([HOST, (b"Transfer-Encoding", b"chunked")], "1.0", 400, id="TE on 1.0"),
        pytest.param([], "1.1", 400, id="no host"),
        pytest.param([HOST, HOST], "1.1", 400, id="two hosts"),
        pytest.param([HOST, (b"HOST", b"b.example")], "1.0", 400, id="two hosts on 1.0"),
        pytest.param([HOST], "2.0", 505, id="HTTP/2.0"),
        pytest.param([HOST], "0.9", 505, id="HTTP/0.9"),
    ],
)
def test_what_is_ambiguous_is_refused(headers: list[tuple[bytes, bytes]], version: str, status: int) -> None:
    with pytest.raises(Refusal) as caught:
        request(*headers, version=version)
    assert caught.value.status == status
    assert caught.value.reason


def test_connect_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        request(HOST, method=b"CONNECT")
    assert caught.value.status == 501


@pytest.mark.parametrize(
    ("headers", "framing", "length"),
    [
        ([], Framing.none, 0),
        ([(b"Content-Length", b"0")], Framing.none, 0),
        ([(b"Content-Length", b" 5 ")], Framing.length, 5),
        ([(b"content-LENGTH", b"005")], Framing.length, 5),
        ([(b"Transfer-Encoding", b" Chunked ")], Framing.chunked, 0),
    ],
)
def test_framing_of_a_request(headers: list[tuple[bytes, bytes]], framing: Framing, length: int) -> None:
    head = request(HOST, *headers)
    assert (head.framing, head.length) == (framing, length)


def test_a_1_0_request_needs_no_host() -> None:
    head = request(version="1.0", method=b"GET")
    assert (head.host, head.keep_alive, head.framing) == (b"", False, Framing.none)


@pytest.mark.parametrize(
    ("connection", "version", "keeps"),
    [
        ([], "1.1", True),
        ([b"close"], "1.1", False),
        ([b"Close , x"], "1.1", False),
        ([b"x", b"close"], "1.1", False),
        ([], "1.0", False),
        ([b"Keep-Alive"], "1.0", True),
        ([b"keep-alive, close"], "1.0", False),
    ],
)
def test_keep_alive(connection: list[bytes], version: str, keeps: bool) -> None:
    head = request(HOST, *[(b"Connection", value) for value in connection], version=version)
    assert head.keep_alive is keeps


def test_hop_by_hop_headers_and_those_that_connection_lists_are_dropped() -> None:
    kept = [(b"Cookie", b"a=1"), (b"cookie", b"b=2"), (b"Accept", b"a, b"), (b"Cookie", b"a=1")]
    head = request(
        HOST,
        kept[0],
        (b"Connection", b"X-Secret-Hop, keep-alive"),
        (b"Keep-Alive", b"timeout=5"),
        (b"Proxy-Connection", b"keep-alive"),
        (b"Proxy-Authorization", b"Basic x"),
        (b"Proxy-Authenticate", b"Basic"),
        (b"TE", b"trailers"),
        (b"Trailer", b"Expires"),
        (b"Upgrade", b"h2c"),
        *kept[1:3],
        (b"x-secret-hop", b"1"),
        kept[3],
    )
    assert head.headers == [HOST, *kept]
    assert head.offers_upgrade
    assert head.upgrade == b""


@pytest.mark.parametrize(
    ("headers", "version", "upgrade"),
    [
        ([(b"Connection", b"Upgrade"), (b"Upgrade", b"websocket")], "1.1", b"websocket"),
        ([(b"Connection", b"keep-alive, upgrade"), (b"Upgrade", b"WebSocket, h2c")], "1.1", b"WebSocket"),
        ([(b"Connection", b"upgrade"), (b"Upgrade", b"a"), (b"upgrade", b"b")], "1.1", b"a, b"),
        ([(b"Connection", b"upgrade"), (b"Upgrade", b"h2c")], "1.1", b""),
        ([(b"Connection", b"upgrade"), (b"Upgrade", b" , H2C")], "1.1", b""),
        ([(b"Connection", b"close"), (b"Upgrade", b"websocket")], "1.1", b""),
        ([(b"Connection", b"upgrade"), (b"Upgrade", b"websocket")], "1.0", b""),
        ([(b"Connection", b"upgrade"), (b"Upgrade", b"websocket"), (b"Content-Length", b"1")], "1.1", b""),
        ([(b"Connection", b"upgrade"), (b"Upgrade", b"websocket"), (b"Content-Length", b"0")], "1.1", b"websocket"),
        ([(b"Connection", b"upgrade")], "1.1", b""),
    ],
)
def test_what_may_be_tunnelled(headers: list[tuple[bytes, bytes]], version: str, upgrade: bytes) -> None:
    assert request(HOST, *headers, method=b"GET", version=version).upgrade == upgrade


def test_trailer_announces_something_in_chunked_messages_only() -> None:
    chunked = [(b"Transfer-Encoding", b"chunked"), (b"Trailer", b"X-Sum")]
    assert request(HOST, *chunked).headers == [HOST, (b"Trailer", b"X-Sum")]
    assert ResponseHead(200, b"", chunked, to_head=False).headers == [(b"Trailer", b"X-Sum")]
    assert ResponseHead(200, b"", chunked, to_head=True).headers == []
    assert request(HOST, (b"Trailer", b"X-Sum"), (b"Content-Length", b"1")).headers == [HOST, (b"Content-Length", b"1")]


def test_trailers_lose_what_frames_and_routes_and_get_names_of_their_own_for_the_comparison() -> None:
    fields = [(b"X-Sum", b"1"), (b"content-length", b"2"), (b"Host", b"x"), (b"Shadow-Hop", b"y"), (b"x-sum", b"3")]
    assert trailer_fields(fields) == [(b"X-Sum", b"1"), (b"x-sum", b"3")]
    assert as_headers(trailer_fields(fields)) == [(b"trailer/X-Sum", b"1"), (b"trailer/x-sum", b"3")]


@pytest.mark.parametrize(("status", "keeps"), [(204, False), (103, False), (304, True), (200, True)])
def test_a_coding_where_no_body_may_be_makes_the_connection_unfit(status: int, keeps: bool) -> None:
    head = ResponseHead(status, b"", [(b"Transfer-Encoding", b"chunked")], to_head=False)
    assert head.keep_alive is keeps
    assert head.framing is (Framing.chunked if status == 200 else Framing.none)
    assert ResponseHead(status, b"", [(b"Transfer-Encoding", b"chunked")], to_head=True).keep_alive


def test_a_status_that_is_none_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        ResponseHead(99, b"", [], to_head=False)
    assert refused.value.status == 502


def test_connection_cannot_strip_what_frames_and_routes_the_message() -> None:
    head = request(HOST, (b"Content-Length", b"5"), (b"Connection", b"content-length, Host, close, accept"),
                   (b"Accept", b"*/*"))
    assert head.headers == [HOST, (b"Content-Length", b"5")]


@pytest.mark.parametrize(("value", "expects"), [(b"100-continue", True), (b"100-Continue", True), (b"x", False)])
def test_expect_is_seen_and_passed_on(value: bytes, expects: bool) -> None:
    head = request(HOST, (b"Expect", value))
    assert head.expects_continue is expects
    assert head.headers == [HOST, (b"Expect", value)]


@pytest.mark.parametrize(
    ("status", "headers", "to_head", "framing"),
    [
        (200, [(b"Content-Length", b"5")], False, Framing.length),
        (200, [(b"Content-Length", b"0")], False, Framing.length),
        (200, [(b"Transfer-Encoding", b"chunked")], False, Framing.chunked),
        (200, [], False, Framing.close),
        (200, [(b"Content-Length", b"5")], True, Framing.none),
        (200, [(b"Transfer-Encoding", b"chunked")], True, Framing.none),
        (100, [], False, Framing.none),
        (103, [(b"Content-Length", b"5")], False, Framing.none),
        (204, [], False, Framing.none),
        (304, [(b"Content-Length", b"5")], False, Framing.none),
        (500, [(b"Content-Length", b"5"), (b"content-length", b"5")], False, Framing.length),
    ],
)
def test_framing_of_an_answer(
    status: int, headers: list[tuple[bytes, bytes]], to_head: bool, framing: Framing
) -> None:
    assert ResponseHead(status, b"", headers, to_head=to_head).framing is framing


@pytest.mark.parametrize(
    "headers",
    [
        [(b"Content-Length", b"5"), (b"Content-Length", b"6")],
        [(b"Content-Length", b"5"), (b"Transfer-Encoding", b"chunked")],
        [(b"Transfer-Encoding", b"gzip")],
        [(b"Transfer-Encoding", b"chunked"), (b"Transfer-Encoding", b"chunked")],
    ],
)
def test_an_answer_with_ambiguous_framing_is_refused(headers: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(Refusal) as caught:
        ResponseHead(200, b"OK", headers, to_head=False)
    assert caught.value.status == 502


def test_an_answer_keeps_duplicates_in_order_and_loses_hop_by_hop_headers() -> None:
    head = ResponseHead(
        200,
        b"OK",
        [(b"Set-Cookie", b"a=1, b"), (b"Connection", b"close, X-Hop"), (b"X-Hop", b"1"), (b"Set-Cookie", b"a=1"),
         (b"Keep-Alive", b"x"), (b"Content-Length", b"2")],
        to_head=False,
    )
    assert head.headers == [(b"Set-Cookie", b"a=1, b"), (b"Set-Cookie", b"a=1"), (b"Content-Length", b"2")]


def test_serialisation() -> None:
    pairs = [(b"Host", b"a"), (b"X", b"")]
    sent = request_bytes(b"GET", b"/a", header_lines(pairs), b"via: b\r\n")
    assert sent == b"GET /a HTTP/1.1\r\nHost: a\r\nX: \r\nvia: b\r\n\r\n"
    assert response_bytes(200, b"", header_lines(pairs[:1])) == b"HTTP/1.1 200 \r\nHost: a\r\n\r\n"


def test_an_answer_of_our_own_says_who_speaks() -> None:
    assert own_response(502, "gone", close=True) == (
        b"HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 13\r\n"
        b"connection: close\r\n\r\nshadow: gone\n"
    )
    assert own_response(504, "gone", close=False, with_body=False).endswith(b"content-length: 13\r\n\r\n")
