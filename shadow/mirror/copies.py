"""The copies of both bodies of one exchange, and what the sender gets when it has ended."""

from __future__ import annotations

from shadow.ipc.messages import Handed, Note
from shadow.ipc.wired import ANSWERED, Answered, Asked
from shadow.mirror.capture import Budget, Capture
from shadow.records import Leg, Outcome
from shadow.wire.head import ResponseHead

NOTE_BYTES = 256
HEADS_BYTES = 2048

# When an exchange began, how long it took, and what was asked: started_at, duration_s, method, target.
Facts = tuple[float, float, str, bytes]


def note(seq: int, facts: Facts, ending: tuple[Outcome, str], status: int) -> Note:
    """Return what the sender is told of an exchange that is not mirrored."""
    started_at, duration_s, method, target = facts
    return Note(
        seq=seq, started_at=started_at, method=method, target=target, outcome=ending[0], reason=ending[1],
        status=status, duration_s=duration_s,
    )


class Copies:
    """What came of the request's and of the answer's body; most requests have none, and cost nothing here."""

    __slots__ = ("_budget", "_limit_bytes", "_request", "answer")

    def __init__(self, budget: Budget, limit_bytes: int) -> None:
        self._budget = budget
        self._limit_bytes = limit_bytes
        self._request: Capture | None = None
        self.answer = Capture(budget, limit_bytes)

    @property
    def request(self) -> Capture:
        """The copy of the request's body."""
        if self._request is None:
            self._request = Capture(self._budget, self._limit_bytes)
        return self._request

    @property
    def size_bytes(self) -> int:
        """What both hold."""
        return self.answer.size_bytes + (self._request.size_bytes if self._request is not None else 0)

    @property
    def seen_bytes(self) -> int:
        """What came of both, held or let go."""
        answer = self.answer
        request = self._request
        seen = answer.size_bytes + answer.seen_bytes
        return seen + (request.size_bytes + request.seen_bytes if request is not None else 0)

    def ending(self) -> tuple[Outcome, str] | None:
        """Why the copies are not whole, None where they are."""
        cut = (self._request.cut if self._request is not None else "") or self.answer.cut
        if not cut:
            return None
        return (Outcome.shed, cut) if cut == "tee_full" else (Outcome.not_comparable, cut)

    def handed(
        self, seq: int, facts: Facts, client: str, lines: bytes, answer: ResponseHead, legs: tuple[Leg, ...]
    ) -> Handed:
        """Give both bodies away, with their heads, as the sender gets them; `lines` are the request's headers."""
        started_at, duration_s, method, target = facts
        sent = self._request.take() if self._request is not None else b""
        got = self.answer.take()
        return Handed(
            seq, started_at, client, legs, Asked(method, target, lines, sent),
            Answered(ANSWERED, answer.status, duration_s, len(got), "", "", True, answer.lines, got),
        )

    def release(self) -> None:
        """Let go of both."""
        if self._request is not None:
            self._request.release()
        self.answer.release()
