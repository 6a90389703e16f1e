"""One request to one leg: written, answered, timed, bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic

from shadow.ipc.wired import ANSWERED, Answered
from shadow.legs.deadlines import Deadlines
from shadow.records import Leg, LegAnswer
from shadow.wire.head import HeaderList, ResponseHead
from shadow.wire.upstream import UpstreamConnection


class Call:
    """Collects the answer of one exchange on one connection (shadow.wire.upstream.Receiver)."""

    def __init__(self, connection: UpstreamConnection, *, limit_bytes: int, deadlines: Deadlines) -> None:
        self._connection = connection
        self._limit_bytes = limit_bytes
        self._deadlines = deadlines
        self._head: ResponseHead | None = None
        self._chunks: list[bytes] = []
        self._size_bytes = 0
        self._begun_at = 0.0
        self._then: Callable[[Answered], None] | None = None
        self.reusable = False
        self.untouched = False

    async def run(self, data: bytes, *, to_head: bool, timeout_s: float) -> Answered:
        """Send and wait for the end, at most `timeout_s`. The result tells what happened; nothing is raised."""
        done: asyncio.Future[Answered] = self._deadlines.loop.create_future()

        def answered(answer: Answered) -> None:
            # Whoever waited may have been cancelled a moment ago.
            if not done.done():
                done.set_result(answer)

        self.start(data, to_head=to_head, timeout_s=timeout_s, then=answered)
        try:
            return await done
        finally:
            self._end()

    def start(self, data: bytes, *, to_head: bool, timeout_s: float, then: Callable[[Answered], None]) -> None:
        """Send, and call `then` once with what happened, `timeout_s` later at the latest."""
        self._then = then
        # The loop's own time stands still within a turn and, under uvloop, moves in whole milliseconds.
        self._begun_at = monotonic()
        self._connection.start(self, to_head=to_head, data=data)
        self._deadlines.add(self._expire, timeout_s)

    def _end(self) -> Callable[[Answered], None] | None:
        """Nothing more is awaited: return whom to tell, once."""
        then, self._then = self._then, None
        if then is not None:
            self._deadlines.discard(self._expire)
            if not self.reusable:
                self._connection.abort()
        return then

    def on_interim(self, head: ResponseHead) -> None:
        """1xx answers are not compared."""

    def on_head(self, head: ResponseHead) -> None:
        """Remember the head."""
        self._head = head

    def on_body(self, data: bytes) -> None:
        """Collect up to the bound; past it the answer is cut, and the rest is not awaited."""
        self._size_bytes += len(data)
        if self._size_bytes > self._limit_bytes:
            self._chunks = []
            self._finish(complete=False)
            self._connection.abort()
        else:
            self._chunks.append(data)

    def on_trailers(self, fields: HeaderList) -> None:
        """They are compared as headers whose names no header can have."""
        if self._head is not None:
            self._head.add_trailers(fields)

    def on_switch(self, head: ResponseHead, rest: bytes) -> None:
        """Never asked for here."""

    def on_read_end(self) -> None:
        """Nothing is passed on."""

    def on_complete(self, reusable: bool) -> None:
        """The answer is whole."""
        self.reusable = reusable
        self._finish(complete=True)

    def on_failure(self, failure: str) -> None:
        """The answer will never be whole."""
        self.untouched = not self._connection.got_bytes
        self._fail(failure)

    def on_writable(self, writable: bool) -> None:
        """Requests are written whole: they are bounded by what the listener captured."""

    def _finish(self, *, complete: bool) -> None:
        head = self._head
        then = self._end() if head is not None else None
        if then is None or head is None:
            return
        duration_s = monotonic() - self._begun_at
        chunks = self._chunks
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        then(Answered(
            ANSWERED, head.status, duration_s, self._size_bytes, "", "", True, head.lines, body, complete
        ))

    def _expire(self) -> None:
        self._fail("timeout")

    def _fail(self, failure: str) -> None:
        then = self._end()
        if then is not None:
            then(Answered.failed(failure, monotonic() - self._begun_at))


def not_called(leg: Leg, reason: str) -> LegAnswer:
    """The answer of a leg that was not asked; `reason` is one word."""
    return Answered.not_called(reason).answer(leg)
