"""Heads that came before: who sends the same bytes again need not have them parsed again.

llhttp stays the judge. Remembered is only what it took as one whole message that filled one read, and found again only
by its exact bytes at the beginning of a message; everything else goes to the parser. Memory is bounded: one set of
headers for each client connection, and `MOST_ANSWERS` heads of answers in a process. Looking costs time: where nothing
was found for a while, only every eighth message is looked at.
"""

from __future__ import annotations

from typing import Final

from shadow.wire.head import Framing, RequestHead, ResponseHead

MOST_BYTES: Final = 2048
MOST_ANSWERS: Final = 256

# Fruitless looks until looking becomes rare.
_PATIENCE: Final = 64

_VERSION: Final = b" HTTP/1.1\r\n"
_END: Final = b"\r\n\r\n"
_METHODS: Final = frozenset({b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS"})
# RFC 3986 3.3 and 3.4: what a path and a query consist of. Whatever else occurs in a target is for the parser.
_TARGET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@%/?"


class LastRequest:
    """The headers that one connection sent twice running. Clients repeat them while they ask for other targets."""

    __slots__ = ("_block", "_head", "_tries")

    def __init__(self) -> None:
        self._tries = 0
        self._block = b""
        self._head: RequestHead | None = None

    def again(self, data: bytes) -> RequestHead | None:
        """Return the head of the request that fills `data`, where it has the headers of the last one."""
        head = self._head
        if head is None:
            return None
        block = self._block
        start = len(data) - head.length - len(block)
        # The lengths tell nearly every other request from this one.
        if start < 12 or not data.startswith(block, start):
            return None
        line = data[:start]
        if not line.endswith(_VERSION):
            return None
        method, _, target = line[:-11].partition(b" ")
        if target[:1] != b"/" or method not in _METHODS or target.translate(None, _TARGET):
            return None
        return RequestHead(method, target, "1.1", head.headers, head)

    def learn(self, data: bytes, head: RequestHead) -> None:
        """Remember the headers of a request that filled `data`, its body included, when they came a second time; what
        cannot be told so surely is forgotten."""
        self._head = None
        self._tries += 1
        if self._tries > _PATIENCE and self._tries & 7:
            return
        end = len(data) - head.length
        start = data.find(_VERSION, 0, end) + len(_VERSION)
        block = data[start:end]
        if block != self._block:
            # Most of those whose headers change have changed them always.
            self._block = block if end - start <= MOST_BYTES else b""
            return
        once = head.keep_alive and head.version == "1.1" and not head.offers_upgrade and not head.expects_continue
        if once and head.framing is not Framing.chunked and block.find(_END) == len(block) - len(_END):
            self._head = head
            if self.again(data) is None:
                self._head = None
            else:
                self._tries = 0

    def forget(self) -> None:
        """Let the parser read what comes next."""
        self._head = None


class KnownAnswers:
    """Heads of answers that came twice, by their bytes; those of one endpoint often differ by the second only."""

    def __init__(self) -> None:
        self._heads: dict[bytes, ResponseHead] = {}
        self._misses = 0
        # Hashes of those that came once: most of those with an id or a length of their own never come again.
        self._once: set[int] = set()

    def again(self, data: bytes) -> ResponseHead | None:
        """Return the head of the answer that fills `data`, where it came before."""
        self._misses += 1
        if self._misses > _PATIENCE and self._misses & 7:
            return None
        end = data.find(_END) + len(_END)
        head = self._heads.get(data[:end])
        if head is None or len(data) != end + head.length:
            return None
        self._misses = 0
        return head

    def learn(self, data: bytes, head: ResponseHead) -> None:
        """Remember the head of an answer that filled `data`, its body included, when it came a second time."""
        if self._misses > _PATIENCE and self._misses & 7:
            return
        end = len(data) - head.length
        key = data[:end]
        mark = hash(key)
        if mark not in self._once:
            if len(self._once) >= MOST_ANSWERS:
                self._once.clear()
            self._once.add(mark)
        elif end <= MOST_BYTES and head.is_plain and key.find(_END) == end - len(_END):
            if len(self._heads) >= MOST_ANSWERS:
                self._heads.clear()
            self._heads[key] = head
