"""Triages wait for their commit like observations."""

from __future__ import annotations

from typing import Any

from shadow.ipc.messages import Committed, committed_decoder
from shadow.keeper.decisions import Decisions
from shadow.records import Triage
from shadow.triage import Triaged


class Link:
    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, frame: bytes) -> None:
        self.sent.append(committed_decoder.decode(frame[4:]))


def decided(seq: int) -> Triaged:
    return Triaged(lane="a", seq=seq, triage=Triage.confirmed, at=1.0)


def test_what_was_taken_is_acknowledged_and_what_came_meanwhile_is_not() -> None:
    waiting, one, two = Decisions(), Link(), Link()
    waiting.add(decided(1), one)  # type: ignore[arg-type]
    waiting.add(decided(2), two)  # type: ignore[arg-type]
    assert [each.seq for each in waiting.take()] == [1, 2]
    waiting.add(decided(3), one)  # type: ignore[arg-type]
    assert [each.seq for each in waiting.acknowledge()] == [1, 2]
    assert (one.sent, two.sent) == ([Committed(triaged=(("a", 1),))], [Committed(triaged=(("a", 2),))])
    assert [each.seq for each in waiting.take()] == [3]


def test_after_a_failed_commit_all_of_it_is_taken_again() -> None:
    waiting = Decisions()
    waiting.add(decided(1), Link())  # type: ignore[arg-type]
    waiting.take()
    waiting.add(decided(2), Link())  # type: ignore[arg-type]
    assert [each.seq for each in waiting.take()] == [1, 2]
