"""Bodies that were decoded once, so that two comparisons with the same primary share the work."""

from __future__ import annotations

from shadow.bodies.decode import Decoded, decode
from shadow.compare.spans import Document
from shadow.records import ResponseCopy


class Opened:
    """A decoded body, and its document, which is split and parsed when it is asked."""

    __slots__ = ("body", "document")

    def __init__(self, body: Decoded) -> None:
        self.body = body
        self.document = Document(body.data, body.charset)


class Opener:
    """Decodes the answers of one exchange, each at most once."""

    __slots__ = ("_known", "_limit_bytes")

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._known: list[tuple[ResponseCopy, Opened]] = []

    def open(self, response: ResponseCopy) -> Opened:
        """Return the decoded body of an answer. Raises what `decode` raises."""
        for known, opened in self._known:
            if known is response:
                return opened
        opened = Opened(decode(response.headers, response.body, self._limit_bytes))
        self._known.append((response, opened))
        return opened
