"""One live request: from the client to the primary and back, with a copy on the side.

The exchange is at once the handler of its client connection and the receiver of its upstream connection. However it
ends, its account is concluded exactly once (account.py).
"""

from __future__ import annotations

from time import monotonic

from shadow.mirror.account import Account
from shadow.mirror.forward import forwarded_headers, request_head, with_host
from shadow.mirror.framing import answer_head, chunk, ends_by_close, interim_head, is_rechunked, last_chunk
from shadow.mirror.live import Live
from shadow.mirror.policy import SAFE_METHODS, Decision
from shadow.records import Outcome
from shadow.wire.dial import ConnectError
from shadow.wire.head import HOP, Framing, HeaderList, RequestHead, ResponseHead, header_lines
from shadow.wire.inbound import Inbound
from shadow.wire.refusal import own_response
from shadow.wire.upstream import UpstreamConnection

CLIENT_GONE = (Outcome.not_comparable, "client_gone")
NOT_COMPARED = Decision((), (Outcome.not_comparable, "trailers"))


class LiveExchange(Account):
    """See the module."""

    __slots__ = (
        "_begun", "_client_gone", "_client_stalled", "_connection", "_holding", "_inbound", "_keeps_alive",
        "_rechunks", "_request_ended", "_retried", "_trailers", "_unsent", "_unwritten", "activity_at",
    )

    def __init__(self, listener: Live, inbound: Inbound) -> None:
        super().__init__(listener)
        self._inbound = inbound
        self._connection: UpstreamConnection | None = None
        self._trailers: HeaderList = []
        self._unsent: list[bytes] = []
        self._unwritten: list[bytes] = []
        self._begun = False
        self._rechunks = False
        self._holding = self._keeps_alive = False
        self._request_ended = False
        self._client_gone = False
        self._client_stalled = False
        self._retried = False

    # -- the client's side (shadow.wire.inbound.Handler)

    def on_request(self, head: RequestHead) -> None:
        """Count the request, decide about its copy, and forward its head."""
        listener = self._listener
        self._open(head, self._inbound.name)
        self.activity_at = self._begun_at
        listener.waiting.add(self)
        if head.hops and any(listener.hop in value for value in head.hops):
            self._answer_ourselves(508, "the request came back to the listener that sent it", "protocol")
            return
        inbound = self._inbound
        if not head.sent_lines:
            forwarded = forwarded_headers(head, inbound.peer, inbound.local_port, secure=inbound.is_secure)
            if head.version == "1.0":
                forwarded = with_host(forwarded, str(listener.pool.address).encode("ascii"))
            # The copies carry it too: a shadow leg that leads back here must not be mirrored again and again.
            forwarded.append((HOP, listener.hop))
            head.sent_lines = header_lines(forwarded)
        connection = listener.pool.take_idle()
        if connection is None:
            self._hold_client()
            listener.connect(self, fresh=False)
        else:
            self.on_connection(connection)

    def on_request_body(self, data: bytes) -> None:
        """Pass a piece of the body on at once, and copy it."""
        if self._copies is not None:
            self._copies.request.add(data)
        self._send(chunk(data) if self._head.framing is Framing.chunked else data)

    def on_request_trailers(self, fields: HeaderList) -> None:
        """Keep what comes behind the body. The legs get it without, so that their answers may differ."""
        self._trailers = fields
        if self.decision.ending is None and fields:
            self.decision = NOT_COMPARED

    def on_request_end(self) -> None:
        """The request is whole."""
        self._request_ended = True
        if self._head.framing is Framing.chunked:
            self._send(last_chunk(self._trailers))
            self._trailers = []
        self._flush_request()

    def on_read_end(self) -> None:
        """Write what one read brought: to the primary what the client sent, to the client what the primary sent."""
        self.activity_at = monotonic()
        self._flush_request()
        self._flush_answer()

    def on_client_gone(self) -> None:
        """Let go of the primary; the exchange cannot be compared."""
        self._client_gone = True
        self._drop_connection()
        self._conclude(self.decision.ending or CLIENT_GONE)

    def on_client_writable(self, writable: bool) -> None:
        """The client's pace is the primary's pace."""
        self._client_stalled = not writable
        if self._connection is not None:
            if writable:
                self._connection.resume_reading()
            else:
                self._connection.pause_reading()

    # -- the connection to the primary

    def on_connection(self, connection: UpstreamConnection) -> None:
        """Write the head and what came of the body meanwhile."""
        if self._concluded:
            self._listener.pool.release(connection)
            return
        self._connection = connection
        self.activity_at = monotonic()
        head = self._head
        data = request_head(head, self._listener.prefix)
        if head.framing is not Framing.none:
            # The head waits for the piece of the body that came with it: one write instead of two.
            self._unsent.insert(0, data)
            data = b""
        connection.start(self, to_head=head.method == b"HEAD", data=data, upgrades=bool(head.upgrade))
        if self._holding or self._request_ended:
            self._flush_request()
        if self._client_stalled:
            connection.pause_reading()
        if self._holding:
            self._release_client()

    def on_no_connection(self, error: ConnectError) -> None:
        """Tell the client that the primary cannot be reached."""
        if not self._concluded:
            status = 504 if error.reason in ("connect_timeout", "exhausted") else 502
            self._answer_ourselves(status, f"the primary cannot be reached ({error.reason})", error.reason)

    def on_timeout(self) -> None:
        """Nothing has moved for too long: the primary is silent, or the client is."""
        self._drop_connection()
        # While we hold the client back, its silence is the primary's.
        if self._client_stalled or not (self._request_ended or self._holding):
            self._client_gone = True
            self._conclude(self.decision.ending or CLIENT_GONE)
            self._inbound.abort()
            return
        self._answer_ourselves(504, f"the primary was silent for {self._listener.max_primary_s:g} s", "timeout")

    # -- the primary's side (shadow.wire.upstream.Receiver)

    def on_interim(self, head: ResponseHead) -> None:
        """Pass a 1xx answer through to those who know what it is."""
        self.activity_at = monotonic()
        if self._head.version == "1.1":
            self._inbound.write(interim_head(head))

    def on_head(self, head: ResponseHead) -> None:
        """Pass the answer's head on, in the framing that this client understands."""
        self._answer = head
        self._status = head.status
        self._rechunks = is_rechunked(head, self._head)
        self._keeps_alive = self._will_keep_alive()
        self._unwritten.append(answer_head(head, self._head, keep_alive=self._keeps_alive))

    def on_body(self, data: bytes) -> None:
        """Pass a piece of the answer on at once, and copy it."""
        if self._copies is not None:
            self._copies.answer.add(data)
        self._unwritten.append(chunk(data) if self._rechunks else data)

    def on_trailers(self, fields: HeaderList) -> None:
        """Keep what comes behind the body, for the client and for the comparison."""
        self._trailers = fields
        if self._answer is not None:
            self._answer.add_trailers(fields)

    def on_switch(self, head: ResponseHead, rest: bytes) -> None:
        """The primary agreed to another protocol: from here on bytes pass as they come."""
        connection, self._connection = self._connection, None
        assert connection is not None
        self._status = head.status
        self._inbound.write(answer_head(head, self._head, keep_alive=True))
        self._conclude(self.decision.ending)
        self._listener.tunnel(self._inbound, connection, rest)

    def on_complete(self, reusable: bool) -> None:
        """The answer is whole: end it for the client, free the connection, hand the copy over."""
        connection, self._connection = self._connection, None
        assert connection is not None
        if self._rechunks:
            self._unwritten.append(last_chunk(self._trailers))
        self._flush_answer()
        if reusable and self._request_ended:
            self._listener.pool.release(connection)
        else:
            connection.abort()
        if self._holding:
            self._release_client()
        self._conclude(self.decision.ending)
        # As the head said: who was told that the connection closes may wait for it.
        self._inbound.finish(keep_alive=self._keeps_alive)

    def on_failure(self, failure: str) -> None:
        """The primary broke off. Asking again is allowed only where nothing can have happened (RFC 9110 9.2.2)."""
        connection, self._connection = self._connection, None
        reused = connection is not None and connection.exchanges > 1 and not connection.got_bytes
        safe = self._method in SAFE_METHODS and self._head.framing is Framing.none
        if failure == "reset" and reused and safe and not self._retried:
            self._retried = True
            self._hold_client()
            self._listener.connect(self, fresh=True)
            return
        self._answer_ourselves(502, f"the primary broke off ({failure})", failure)

    def on_writable(self, writable: bool) -> None:
        """The primary's pace is the client's pace."""
        if writable:
            self._release_client()
        else:
            self._hold_client()

    # -- inside

    def _will_keep_alive(self) -> bool:
        wanted = self._head.keep_alive and self._request_ended and not self._inbound.draining
        return wanted and not (self._answer is not None and ends_by_close(self._answer, self._head))

    def _send(self, data: bytes) -> None:
        if self._connection is not None:
            self.activity_at = monotonic()
        if not self._concluded:
            self._unsent.append(data)

    def _flush_request(self) -> None:
        if self._unsent and self._connection is not None:
            unsent, self._unsent = self._unsent, []
            self._connection.write(unsent[0] if len(unsent) == 1 else b"".join(unsent))

    def _flush_answer(self) -> None:
        if self._unwritten:
            self._begun = True
            unwritten, self._unwritten = self._unwritten, []
            self._inbound.write(unwritten[0] if len(unwritten) == 1 else b"".join(unwritten))

    def _hold_client(self) -> None:
        if not self._holding:
            self._holding = True
            self._inbound.hold_reading()

    def _release_client(self) -> None:
        if self._holding:
            self._holding = False
            self._inbound.release_reading()

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.abort()

    def _answer_ourselves(self, status: int, reason: str, word: str) -> None:
        if self._concluded:
            return
        self._status = self._status or status
        self._release_client()
        self._conclude((Outcome.primary_failed, word))
        if self._client_gone:
            return
        if self._begun:
            # Part of the primary's answer is out: only a broken connection tells that it is not whole.
            self._inbound.abort()
            return
        close = not (self._head.keep_alive and self._request_ended)
        self._inbound.write(own_response(status, reason, close=close, with_body=self._head.method != b"HEAD"))
        self._inbound.finish(keep_alive=not close)
