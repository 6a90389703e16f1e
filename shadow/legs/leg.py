"""A shadow leg: candidate or secondary, with everything that bounds it."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from time import monotonic

from shadow.config.model import ShadowLeg
from shadow.ipc.wired import Answered, Asked
from shadow.legs.backoff import Backoff
from shadow.legs.breaker import Breaker, BreakerState
from shadow.legs.call import Call
from shadow.legs.cap import Cap
from shadow.legs.deadlines import Deadlines
from shadow.records import Leg, LegAnswer, RequestCopy
from shadow.wire.address import parse_url
from shadow.wire.dial import ConnectError, dialer_for
from shadow.wire.head import request_bytes
from shadow.wire.pool import Pool

# `Expect` has been answered by the primary; the copy is sent whole. The length is that of the copy.
_EXPECT, _LENGTH = b"expect:", b"content-length:"
_SAFE = ("GET", "HEAD")

log = logging.getLogger("shadow.sender")


class LegClient:
    """Asks one leg, at most `connections` times at once, without retries of its own."""

    def __init__(
        self, leg: Leg, settings: ShadowLeg, *, limit_bytes: int, on_probe: Callable[[], None] = lambda: None
    ) -> None:
        """`on_probe` is called when the breaker lets one request try the leg again."""
        address = parse_url(settings.url)
        self.leg = leg
        self.breaker = Breaker(
            failures=settings.breaker_failures, open_s=settings.breaker_open_s, on_change=self._breaker_changed
        )
        self._on_probe = on_probe
        self._failure = ""
        self._settings = settings
        self._limit_bytes = limit_bytes
        self._prefix = address.prefix.encode("ascii")
        self._marker = b"shadow-leg: %b\r\n" % leg.encode("ascii")
        self._cap = Cap(settings.connections)
        # The cap holds callers back before the pool would: a connection may still be closing while another opens.
        self._pool = Pool(
            address, limit=settings.connections * 2, connect_timeout_s=settings.connect_timeout_s, idle_s=20.0,
            dialer=dialer_for(settings),
        )
        self._deadlines = Deadlines()
        self._backoff = Backoff(settings)
        self._draw = random.Random().random  # noqa: S311 - jitter, not a secret
        self._asking = 0
        self._retired = False

    def retire(self) -> None:
        """Another client takes over: close once the calls under way have ended."""
        self._retired = True
        self._pool.retire()
        if not self._asking:
            self.close()

    def close(self) -> None:
        """Abort every connection."""
        self._pool.close()
        self._deadlines.close()

    def ask_now(self, request: Asked, then: Callable[[Answered | None], None]) -> bool:
        """Send the copy of a live request if nothing is to be waited for: the breaker is closed, and a connection is
        open and free. Return whether it was sent; `then` gets the answer, or None where the leg had closed that
        connection and the same request is to go out once more on a fresh one."""
        if self.breaker.state is not BreakerState.closed or not self._cap.take():
            return False
        connection = self._pool.take_idle()
        if connection is None:
            self._cap.release()
            return False
        reused = connection.exchanges > 0
        if not reused:
            self._backoff.succeeded()
        self._asking += 1
        call = Call(connection, limit_bytes=self._limit_bytes, deadlines=self._deadlines)

        def answered(answer: Answered) -> None:
            if call.reusable:
                self._pool.release(connection)
            self._cap.release()
            again = not answer.has_response and call.untouched and reused and request.method in _SAFE
            if not again:
                self._judge(answer)
            self._asked()
            then(None if again else answer)

        call.start(
            self._bytes(request), to_head=request.method == "HEAD", timeout_s=self._settings.timeout_s, then=answered
        )
        return True

    @property
    def is_left_alone(self) -> bool:
        """Whether the breaker keeps every call from this leg for now."""
        return self.breaker.state is not BreakerState.closed and self.breaker.is_shut(monotonic())

    async def ask(self, request: RequestCopy, *, fresh: bool = False) -> LegAnswer:
        """Send the copy of a live request and return the leg's answer, or how it failed; nothing is raised. `fresh`:
        over a new connection."""
        self._asking += 1
        try:
            await self._cap.wait()
            try:
                return (await self._ask_if_allowed(Asked.of(request), fresh)).answer(self.leg)
            finally:
                self._cap.release()
        finally:
            self._asked()

    def _asked(self) -> None:
        self._asking -= 1
        if self._retired and not self._asking:
            self.close()

    async def _ask_if_allowed(self, request: Asked, fresh: bool) -> Answered:
        now = monotonic()
        reachable = self._backoff.allows(now) or self._pool.has_idle
        if not reachable or not self.breaker.allows(now):
            return Answered.not_called("breaker_open")
        answer = await self._ask(request, fresh)
        self._judge(answer)
        return answer

    def _judge(self, answer: Answered) -> None:
        if not answer.has_response or not answer.complete:
            # One without an end, or nearly: the primary's was shorter, or it would not have been mirrored. Taking in
            # flood after flood would cost the processor that the live path needs.
            self._failure = answer.failure or "too_large"
            self.breaker.failed(monotonic())
        else:
            self.breaker.succeeded()

    def _breaker_changed(self, before: BreakerState) -> None:
        """Say so, once for each change; a breaker that comes and goes is held back by the log as any flood is."""
        open_s, state = self._settings.breaker_open_s, self.breaker.state
        if state is BreakerState.half_open:
            log.info("the breaker of the %s lets one request try it again", self.leg)
            self._on_probe()
        elif state is BreakerState.closed:
            log.warning("the %s answers again, and is asked again: its breaker is closed", self.leg)
        elif before is BreakerState.closed:
            log.warning("the breaker of the %s is open (%d failures in a row, the last one: %s): it is left alone for "
                        "%g s", self.leg, self._settings.breaker_failures, self._failure, open_s)
        else:
            log.info("the %s still fails (%s): its breaker is open for %g s more", self.leg, self._failure, open_s)

    async def _ask(self, request: Asked, fresh: bool) -> Answered:
        data = self._bytes(request)
        answer, call = await self._once(request, data, fresh=fresh)
        if not answer.has_response and call is not None and call.untouched and request.method in _SAFE:
            # A reused connection that the leg had just closed: nothing was processed, the same request goes out once
            # more on a fresh one. Anything else stays a failure: legs are not retried.
            answer, _ = await self._once(request, data, fresh=True)
        return answer

    async def _once(self, request: Asked, data: bytes, *, fresh: bool) -> tuple[Answered, Call | None]:
        try:
            connection = await self._pool.take(fresh=fresh)
        except ConnectError as error:
            # Where our own cap was the reason, the leg may well be there.
            if error.reason != "exhausted":
                self._backoff.failed(monotonic(), self._draw())
            return Answered.failed(error.reason), None
        reused = connection.exchanges > 0
        if not reused:
            self._backoff.succeeded()
        call = Call(connection, limit_bytes=self._limit_bytes, deadlines=self._deadlines)
        answer = await call.run(data, to_head=request.method == "HEAD", timeout_s=self._settings.timeout_s)
        if call.reusable:
            self._pool.release(connection)
        call.untouched = call.untouched and reused
        return answer, call

    def _bytes(self, request: Asked) -> bytes:
        lines, body, extra = request.lines, request.body, self._marker
        framed = bool(body)
        lower = lines.lower()
        if _LENGTH in lower or _EXPECT in lower:
            kept = []
            for line in lines.split(b"\r\n")[:-1]:
                name = line[: line.find(b":") + 1].lower()
                framed = framed or name == _LENGTH
                if name != _LENGTH and name != _EXPECT:
                    kept.append(line + b"\r\n")
            lines = b"".join(kept)
        if framed:
            extra += b"content-length: %d\r\n" % len(body)
        return request_bytes(request.method.encode("ascii"), self._prefix + request.target, lines, extra) + body
