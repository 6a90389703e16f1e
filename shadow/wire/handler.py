"""Who answers a request: what a client connection calls."""

from __future__ import annotations

from typing import Protocol

from shadow.wire.head import HeaderList, RequestHead


class Handler(Protocol):
    """Who answers one request."""

    def on_request(self, head: RequestHead) -> None:
        """The head; nothing of the body yet."""

    def on_request_body(self, data: bytes) -> None:
        """A piece of the body, without its transfer framing."""

    def on_request_trailers(self, fields: HeaderList) -> None:
        """What came behind a chunked body; the end follows."""

    def on_request_end(self) -> None:
        """The request is whole."""

    def on_read_end(self) -> None:
        """All that one read brought has been passed on, and the request goes on: now is the time to write."""

    def on_client_gone(self) -> None:
        """The client closed or broke the connection; nothing may be written any more."""

    def on_client_writable(self, writable: bool) -> None:
        """The client's write buffer is full (False) or has room again (True)."""
