"""What came before is found again only where the parser would say the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shadow.wire.clients import Clients
from shadow.wire.head import HeaderList, RequestHead, ResponseHead
from shadow.wire.inbound import Inbound
from shadow.wire.known import MOST_ANSWERS, KnownAnswers, LastRequest
from shadow.wire.upstream import UpstreamConnection

Event = tuple[Any, ...]


class Transport:
    """Remembers what is written; says that nothing waits."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.events.append(("written", data))

    def write_eof(self) -> None:
        self.events.append(("eof",))

    def is_closing(self) -> bool:
        return self.closed

    def can_write_eof(self) -> bool:
        return False

    def get_extra_info(self, name: str) -> None:
        return None

    def get_write_buffer_size(self) -> int:
        return 0

    def abort(self) -> None:
        self.events.append(("closed",))
        self.closed = True

    close = abort

    def pause_reading(self) -> None:
        pass

    resume_reading = pause_reading


class Recorder:
    """A client connection whose requests are answered at their end; with `parses`, everything goes to the parser."""

    def __init__(self, *, parses: bool) -> None:
        self.transport = Transport()
        self.found = 0
        self._parses = parses
        self._inbound = Inbound(
            lambda inbound: self, Clients(), max_header_bytes=200, max_headers=20, on_refused=lambda status: None
        )
        self._inbound.connection_made(self.transport)  # type: ignore[arg-type]

    @property
    def events(self) -> list[Event]:
        return self.transport.events

    def feed(self, data: bytes) -> None:
        if self.transport.closed:
            return
        if self._parses:
            self._inbound._last_request = LastRequest()
        else:
            self.found += self._inbound._last_request.again(data) is not None
        self._inbound.data_received(data)

    def on_request(self, head: RequestHead) -> None:
        facts = [getattr(head, name) for name in FACTS]
        self.events.append(("head", *facts))

    def on_request_body(self, data: bytes) -> None:
        self.events.append(("body", data))

    def on_request_trailers(self, fields: HeaderList) -> None:
        self.events.append(("trailers", fields))

    def on_request_end(self) -> None:
        self.events.append(("end",))
        self._inbound.finish(keep_alive=True)

    def on_read_end(self) -> None:
        pass

    def on_client_gone(self) -> None:
        self.events.append(("gone",))


FACTS = ("method", "target", "version", "headers", "framing", "length", "host", "hops", "keep_alive", "upgrade",
         "offers_upgrade", "expects_continue")  # fmt: skip
METHODS = st.sampled_from([b"GET", b"POST", b"HEAD", b"BAN", b"CONNECT", b"OPTIONS", b"get", b"", b"\r\nGET"])
TARGETS = st.sampled_from([
    b"/", b"/a?b=%20", b"/a b", b"*", b"a", b"http://h/x", b"/\xc3\xbc", b"/#f", b"/a\tb", b"/<>", b"", b"//",
    b"/" + b"x" * 180, b"/ HTTP/1.1\r\nHost: y\r\n\r\nGET /",
])  # fmt: skip
VERSIONS = st.sampled_from([b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0"])
BLOCKS = st.sampled_from([
    b"Host: x\r\n", b"Host: x\r\nContent-Length: 3\r\n", b"Host: x\r\nTransfer-Encoding: chunked\r\n",
    b"Host: x\r\nConnection: close\r\n", b"Host: x\r\nConnection: A\r\nA: 1\r\n", b"", b"Host: x\nA: 1\r\n",
    b"Host: x\r\nUpgrade: h2c\r\nConnection: upgrade\r\n", b"Host: x\r\nExpect: 100-continue\r\n",
    b"Host: x\n\nA: 1\r\n",
    b"Host: x\r\n\r\nGET /y HTTP/1.1\r\nHost: z\r\n", b"Host: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n",
])  # fmt: skip
BODIES = st.sampled_from([b"", b"", b"abc", b"ab", b"3\r\nabc\r\n0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"])
REQUESTS = st.builds(
    lambda method, target, version, block, body: b"%b %b %b\r\n%b\r\n%b" % (method, target, version, block, body),
    METHODS, TARGETS, VERSIONS, BLOCKS, BODIES,
)  # fmt: skip
PLAIN = [b"GET /%d HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n" % n for n in range(4)]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PLAIN), REQUESTS, st.binary(max_size=20)), max_size=8), st.data())
# A method that llhttp does not know and that begins in the read before.
@example([PLAIN[0], PLAIN[1], b"*", PLAIN[2]], None)
@example([b"POST /%d HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nab%d" % (n, n) for n in range(4)], None)
def test_a_connection_says_the_same_with_and_without(reads: list[bytes], data: Any) -> None:
    if data is not None and reads:
        # Who repeats itself is found; a cut may fall anywhere.
        reads = [read for read in reads for _ in range(data.draw(st.integers(1, 3)))]
        at = data.draw(st.integers(0, len(reads) - 1))
        cut = data.draw(st.integers(0, len(reads[at])))
        if data.draw(st.booleans()):
            reads[at : at + 1] = [reads[at][:cut], reads[at][cut:]]
    one, other = Recorder(parses=False), Recorder(parses=True)
    for read in reads:
        if read:
            one.feed(read)
            other.feed(read)
        assert one.events == other.events


def test_other_targets_with_the_same_headers_are_found_the_third_time() -> None:
    recorder = Recorder(parses=False)
    for read in PLAIN:
        recorder.feed(read)
    assert recorder.found == 2
    assert [event[2] for event in recorder.events if event[0] == "head"] == [b"/0", b"/1", b"/2", b"/3"]


def test_where_nothing_repeats_looking_becomes_rare_and_one_find_is_enough_to_look_again() -> None:
    recorder = Recorder(parses=False)
    for n in range(1000):
        recorder.feed(b"GET / HTTP/1.1\r\nHost: x\r\nA: %d\r\n\r\n" % n)
    assert recorder.found == 0
    for _ in range(40):
        recorder.feed(PLAIN[0])
    assert recorder.found > 20


class Answered:
    """A receiver that remembers."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def on_head(self, head: ResponseHead) -> None:
        self.events.append(("head", head.status, head.reason, head.headers, head.framing, head.keep_alive, head.length))

    def __getattr__(self, name: str) -> Any:
        if name == "on_read_end":
            return lambda: None
        return lambda *told: self.events.append((name, *[t for t in told if not isinstance(t, ResponseHead)]))


def answers_of(reads: list[bytes], *, to_head: bool, forgets: bool, patch: pytest.MonkeyPatch) -> list[Event]:
    """Ask once for each read, on one connection as long as it lasts; who forgets knows no head again."""
    patch.setattr("shadow.wire.upstream._known_answers", KnownAnswers())
    events: list[Event] = []
    connection = UpstreamConnection(lambda connection: None)
    connection.connection_made(Transport())  # type: ignore[arg-type]
    for read in reads:
        if forgets:
            patch.setattr("shadow.wire.upstream._known_answers", KnownAnswers())
        receiver = Answered()
        if connection._receiver is not None or connection._transport.is_closing():  # type: ignore[union-attr]
            connection = UpstreamConnection(lambda connection: None)
            connection.connection_made(Transport())  # type: ignore[arg-type]
        connection.start(receiver, to_head=to_head, data=b"")  # type: ignore[arg-type]
        connection.data_received(read)
        events += [*receiver.events, ("next",)]
    return events


ANSWERS = st.builds(
    lambda line, block, body: b"%b\r\n%b\r\n%b" % (line, block, body),
    st.sampled_from([b"HTTP/1.1 200 OK", b"HTTP/1.1 204 No", b"HTTP/1.1 304 N", b"HTTP/1.0 200 OK", b"HTTP/1.1 100 C"]),
    st.sampled_from([
        b"Content-Length: 3\r\n", b"Content-Length: 0\r\n", b"", b"Transfer-Encoding: chunked\r\n",
        b"Content-Length: 3\r\nConnection: close\r\n", b"Content-Length: 3\r\nContent-Length: 3\r\n",
        b"Content-Length: 03\r\n", b"Content-Length: 3\r\nTrailer: A\r\n",
        b"Content-Length: 3\r\nConnection: B\r\nB: 1\r\n",
    ]),
    st.sampled_from([b"abc", b"ab", b"", b"abcd", b"3\r\nabc\r\n0\r\n\r\n",
                     b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(ANSWERS, max_size=6), st.booleans())
@example([b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + body for body in (b"abc", b"ab", b"abcd", b"")], False)
def test_an_answer_is_told_the_same_with_and_without(reads: list[bytes], to_head: bool) -> None:
    reads = [read for read in reads for _ in range(3)]
    with pytest.MonkeyPatch.context() as patch:
        told = [answers_of(reads, to_head=to_head, forgets=forgets, patch=patch) for forgets in (False, True)]
    assert told[0] == told[1]


def test_an_answer_is_found_the_third_time_and_their_number_is_bounded() -> None:
    heads = KnownAnswers()

    def seen(n: int) -> ResponseHead | None:
        data = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: %d\r\n\r\nok" % n
        head = heads.again(data)
        if head is None:
            pairs = [(b"Content-Length", b"2"), (b"A", b"%d" % n)]
            heads.learn(data, ResponseHead(200, b"OK", pairs, to_head=False))
        return head

    assert [seen(1) is not None for _ in range(4)] == [False, False, True, True]
    for n in range(MOST_ANSWERS * 3):
        for _ in range(2):
            seen(n)
    assert len(heads._heads) <= MOST_ANSWERS
    assert len(heads._once) <= MOST_ANSWERS
