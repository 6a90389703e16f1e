"""Why a message is not forwarded, and the answers that are our own."""

from __future__ import annotations

from http import HTTPStatus


class Refusal(Exception):
    """Raised when a message must not be forwarded; carries the status and the reason that the client is told."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def own_response(status: int, reason: str, *, close: bool, with_body: bool = True) -> bytes:
    """An answer of our own (400, 502, 504 …): plain text that says who speaks and why."""
    phrase = HTTPStatus(status).phrase.encode()
    body = f"shadow: {reason}\n".encode()
    head = b"HTTP/1.1 %d %b\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n%b\r\n" % (
        status,
        phrase,
        len(body),
        b"connection: close\r\n" if close else b"",
    )
    return head + body if with_body else head
