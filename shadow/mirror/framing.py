"""How an answer is framed for the client at hand, whose version may not be the primary's. Pure (RFC 9112 6, 7)."""

from __future__ import annotations

from shadow.wire.head import Framing, HeaderList, RequestHead, ResponseHead, response_bytes

_OF_UNKNOWN_LENGTH = (Framing.chunked, Framing.close)


def chunk(data: bytes) -> bytes:
    """Return a piece of a body in chunked coding."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def last_chunk(trailers: HeaderList) -> bytes:
    """Return the end of a body in chunked coding."""
    if not trailers:
        return b"0\r\n\r\n"
    return b"0\r\n%b\r\n" % b"".join([b"%b: %b\r\n" % pair for pair in trailers])


def is_rechunked(answer: ResponseHead, request: RequestHead) -> bool:
    """Whether the answer's body goes to the client in chunked coding."""
    return answer.framing in _OF_UNKNOWN_LENGTH and request.version == "1.1"


def ends_by_close(answer: ResponseHead, request: RequestHead) -> bool:
    """Whether only the end of the connection tells this client that the body is whole."""
    return answer.framing in _OF_UNKNOWN_LENGTH and request.version == "1.0"


def answer_head(answer: ResponseHead, request: RequestHead, *, keep_alive: bool) -> bytes:
    """Return the head that the client gets: the primary's, with our own framing and connection headers."""
    if keep_alive and answer.is_plain and request.version == "1.1":
        if not answer.passed:
            answer.passed = response_bytes(answer.status, answer.reason, answer.lines)
        return answer.passed
    extra = b""
    if answer.framing in _OF_UNKNOWN_LENGTH and is_rechunked(answer, request):
        extra = b"transfer-encoding: chunked\r\n"
    elif answer.upgrade:
        extra = b"connection: upgrade\r\nupgrade: %b\r\n" % answer.upgrade
    if not keep_alive:
        extra += b"connection: close\r\n"
    elif request.version == "1.0":
        extra += b"connection: keep-alive\r\n"
    return response_bytes(answer.status, answer.reason, answer.lines, extra)


def interim_head(answer: ResponseHead) -> bytes:
    """Return a 1xx answer as the client gets it."""
    return response_bytes(answer.status, answer.reason, answer.lines)
