"""What one live request counts for: opened when it is accepted, concluded exactly once, whatever happens."""

from __future__ import annotations

import time
from time import monotonic

from shadow.ipc.classes import class_of
from shadow.ipc.messages import Handed, Note
from shadow.mirror.copies import HEADS_BYTES, Copies, Facts, note
from shadow.mirror.live import Live
from shadow.mirror.policy import Decision
from shadow.mirror.tee import Tee
from shadow.records import Outcome
from shadow.wire.head import RequestHead, ResponseHead

_METHODS = {word.encode(): word for word in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")}

_UPGRADE = Decision((), (Outcome.not_comparable, "upgrade"))


class Account:
    """The side of an exchange that is counted and copied; its base class, since every call would cost."""

    __slots__ = (
        "_answer", "_begun_at", "_client", "_concluded", "_copies", "_head", "_listener", "_method",
        "_started_at", "_status", "_tee", "decision",
    )

    def __init__(self, listener: Live) -> None:
        self._listener = listener
        self._head: RequestHead
        self._tee: Tee
        self._client = self._method = ""
        self._answer: ResponseHead | None = None
        self._copies: Copies | None = None
        self._concluded = False
        self._status = 0
        self.decision: Decision

    def _open(self, head: RequestHead, connection: str) -> None:
        """Count a request that came on `connection`, and decide about its copy."""
        listener = self._listener
        self._client = listener.client_key.of(head.headers, connection)
        self._tee = listener.accept(self._client)
        self._started_at = time.time()
        self._begun_at = monotonic()
        self._head = head
        self._method = _METHODS.get(head.method) or head.method.decode("ascii")
        self.decision = listener.decide(self._method, head.target)
        if head.upgrade and self.decision.ending is None:
            self.decision = _UPGRADE
        if self.decision.ending is None:
            self._copies = Copies(listener.budget, listener.max_body_bytes)

    def _conclude(self, ending: tuple[Outcome, str] | None) -> None:
        """Count the exchange, once, and hand it over."""
        if self._concluded:
            return
        self._concluded = True
        self._listener.waiting.discard(self)
        copies, request_class, held_bytes = self._copies, 0, 0
        if copies is not None:
            ending = ending or copies.ending()
            request_class = class_of(self._method, copies.seen_bytes)
            held_bytes = copies.size_bytes
        if ending is None and (copies is None or self._answer is None):
            ending = (Outcome.primary_failed, "protocol")
        self._tee.hand_over(
            self, ending, size_bytes=held_bytes + HEADS_BYTES, held_bytes=held_bytes, request_class=request_class
        )
        if copies is not None:
            copies.release()

    # -- shadow.mirror.tee.Ended

    @property
    def target_bytes(self) -> int:
        """The length of the target."""
        return len(self._head.target)

    def handed(self, seq: int) -> Handed:
        """The whole exchange, for the sender."""
        assert self._copies is not None and self._answer is not None
        return self._copies.handed(
            seq, self._facts(), self._client, self._head.sent_lines, self._answer, self.decision.legs
        )

    def noted(self, seq: int, ending: tuple[Outcome, str]) -> Note:
        """What the sender is told of an exchange that is not mirrored."""
        return note(seq, self._facts(), ending, self._status)

    def _facts(self) -> Facts:
        return self._started_at, monotonic() - self._begun_at, self._method, self._head.target
