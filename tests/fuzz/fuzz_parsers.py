"""Two parsers of request streams that share nothing with the listener's: one that knows the grammar of RFC 9112 and
no tolerance at all, and h11."""

from __future__ import annotations

import re
from typing import NamedTuple

import h11

TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
LINE = re.compile(rb"(" + TOKEN + rb") ([\x21-\x7e]+) HTTP/1\.1\r\n")
VALUE = rb"[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?"
FIELD = re.compile(rb"(" + TOKEN + rb"): (" + VALUE + rb")?[\t ]*\r\n")
CHUNK = re.compile(rb"([0-9a-f]{1,8})\r\n")


class Parsed(NamedTuple):
    """One request. Names are in lower case."""

    method: bytes
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class Stream(NamedTuple):
    """What a stream of bytes turned out to be: whole requests, and the reason where it is no such thing.

    `rest` tells that it ends in the middle of a request, which is no error.
    """

    requests: tuple[Parsed, ...]
    error: str = ""
    rest: bool = False


def parse_strictly(data: bytes) -> Stream:
    """Take what the listener sent apart. It writes every head itself, so nothing but the plainest form is right."""
    requests: list[Parsed] = []
    at = 0
    while at < len(data):
        end = data.find(b"\r\n\r\n", at)
        if end < 0:
            return Stream(tuple(requests), rest=True)
        line = LINE.match(data, at, end + 2)
        if line is None:
            return Stream(tuple(requests), f"request line {data[at : at + 80]!r}")
        if not line[2].startswith(b"/") and (line[1], line[2]) != (b"OPTIONS", b"*"):
            return Stream(tuple(requests), f"target {line[2]!r}")
        at = line.end()
        headers = []
        while at < end + 2:
            field = FIELD.match(data, at, end + 2)
            if field is None:
                return Stream(tuple(requests), f"header line {data[at : at + 80]!r}")
            headers.append((field[1].lower(), field[2] or b""))
            at = field.end()
        at += 2
        names = [name for name, _ in headers]
        if names.count(b"host") != 1:
            return Stream(tuple(requests), f"{names.count(b'host')} hosts")
        if names.count(b"content-length") + names.count(b"transfer-encoding") > 1:
            return Stream(tuple(requests), "ambiguous framing")
        body: bytes | None = b""
        said = dict(headers)
        if b"transfer-encoding" in said:
            if said[b"transfer-encoding"] != b"chunked":
                return Stream(tuple(requests), f"coding {said[b'transfer-encoding']!r}")
            body, at, error = _chunks(data, at)
            if error:
                return Stream(tuple(requests), error)
        elif b"content-length" in said:
            if not re.fullmatch(rb"[0-9]+", said[b"content-length"]):
                return Stream(tuple(requests), f"length {said[b'content-length']!r}")
            length = int(said[b"content-length"])
            body = data[at : at + length] if len(data) - at >= length else None
            at += length
        if body is None:
            return Stream(tuple(requests), rest=True)
        requests.append(Parsed(line[1], line[2], tuple(headers), body))
    return Stream(tuple(requests))


def _chunks(data: bytes, at: int) -> tuple[bytes | None, int, str]:
    body = b""
    while True:
        size = CHUNK.match(data, at)
        if size is None:
            return (None, at, "") if b"\r\n" not in data[at : at + 12] else (None, at, f"chunk {data[at : at + 20]!r}")
        length = int(size[1], 16)
        at = size.end()
        if not length:
            return _trailers(data, at, body)
        if len(data) < at + length + 2:
            return None, at, ""
        body += data[at : at + length]
        if data[at + length : at + length + 2] != b"\r\n":
            return None, at, "a chunk that does not end where it said"
        at += length + 2


def _trailers(data: bytes, at: int, body: bytes) -> tuple[bytes | None, int, str]:
    while data[at : at + 2] != b"\r\n":
        if b"\r\n" not in data[at:]:
            return None, at, ""
        field = FIELD.match(data, at)
        if field is None or field[1].lower() in (b"content-length", b"transfer-encoding", b"host"):
            return None, at, f"trailer {data[at : at + 80]!r}"
        at = field.end()
    return body, at + 2, ""


def parse_with_h11(data: bytes) -> Stream:
    """What h11, the parser under several servers, makes of a stream."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    requests: list[Parsed] = []
    request: h11.Request | None = None
    body = b""
    connection.receive_data(data)
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Request):
                request, body = event, b""
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                assert request is not None
                headers = tuple((bytes(name), bytes(value)) for name, value in request.headers)
                requests.append(Parsed(bytes(request.method), bytes(request.target), headers, body))
                if request.http_version == b"1.0":
                    return Stream(tuple(requests), "h11 keeps no connection of HTTP/1.0")
                connection.send(h11.Response(status_code=200, headers=[("content-length", "0")]))
                connection.send(h11.EndOfMessage())
                if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                    return Stream(tuple(requests))
                connection.start_next_cycle()
            elif event is h11.NEED_DATA:
                return Stream(tuple(requests), rest=bool(connection.trailing_data[0]) or connection.their_state
                              is not h11.IDLE)
            else:
                return Stream(tuple(requests))
    except h11.ProtocolError as error:
        return Stream(tuple(requests), str(error) or "error")
