"""What is handed to the sender when a live exchange has ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from shadow.ipc.messages import Handed, Note
from shadow.mirror.capture import Budget, Capture
from shadow.records import Leg, LegAnswer, LegResult, LegState, Outcome, RequestCopy, ResponseCopy
from shadow.wire.head import HeaderList, ResponseHead

NOTE_BYTES = 1024
_HEADS_BYTES = 2048


class Facts(NamedTuple):
    """What is known of every exchange, however it ended."""

    started_at: float
    duration_s: float
    client: str
    method: str
    target: bytes

    def note(self, ending: tuple[Outcome, str], status: int) -> Callable[[int], Note]:
        """Return what makes the note of an exchange that is not mirrored, given its sequence number."""
        return lambda seq: Note(
            seq=seq, started_at=self.started_at, method=self.method, target=self.target, outcome=ending[0],
            reason=ending[1], status=status, duration_s=self.duration_s,
        )


class Taken(NamedTuple):
    """A whole exchange, ready to be numbered. `size_bytes` estimates its message."""

    size_bytes: int
    handed: Callable[[int], Handed]


class Copies:
    """The copies of both bodies of one exchange."""

    __slots__ = ("answer", "request")

    def __init__(self, budget: Budget, limit_bytes: int) -> None:
        self.request = Capture(budget, limit_bytes)
        self.answer = Capture(budget, limit_bytes)

    def ending(self) -> tuple[Outcome, str] | None:
        """Why the copies are not whole, None where they are."""
        cut = self.request.cut or self.answer.cut
        if not cut:
            return None
        return (Outcome.shed, cut) if cut == "tee_full" else (Outcome.not_comparable, cut)

    def release(self) -> None:
        """Let go of both."""
        self.request.release()
        self.answer.release()

    def taken(self, facts: Facts, forwarded: HeaderList, answer: ResponseHead, legs: tuple[Leg, ...]) -> Taken:
        """Turn the copies, with both heads, into what the sender gets."""
        sent, got = self.request.take(), self.answer.take()
        request = RequestCopy(method=facts.method, target=facts.target, headers=tuple(forwarded), body=sent)
        primary = LegAnswer(
            result=LegResult(
                leg=Leg.primary, state=LegState.answered, status=answer.status, duration_s=facts.duration_s,
                body_bytes=len(got),
            ),
            response=ResponseCopy(status=answer.status, headers=tuple(answer.headers), body=got),
        )
        return Taken(
            len(sent) + len(got) + _HEADS_BYTES,
            lambda seq: Handed(
                seq=seq, started_at=facts.started_at, client=facts.client, request=request, primary=primary, legs=legs
            ),
        )
