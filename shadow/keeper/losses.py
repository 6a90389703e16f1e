"""Gaps that are still being counted: after a process died its losses trickle in for a while."""

from __future__ import annotations

from collections import Counter

from shadow.records import Gap, GapKind

# Which shed reason tells of which death.
REASON_OF = {
    GapKind.sender_lost: "sender_lost",
    GapKind.comparer_lost: "comparer_lost",
    GapKind.listener_lost: "listener_lost",
}


class Losses:
    """Holds each gap for `settle_s` and gives it the number of exchanges that were shed for its reason meanwhile."""

    def __init__(self, *, settle_s: float) -> None:
        self._settle_s = settle_s
        self._open: list[tuple[float, Gap]] = []
        self._lost: Counter[str] = Counter()

    def begin(self, gap: Gap, now: float) -> None:
        """A process died."""
        self._open.append((now + self._settle_s, gap))

    def count(self, reason: str, n: int = 1) -> None:
        """Exchanges were shed for this reason."""
        if n:
            self._lost[reason] += n

    def take_due(self, now: float, *, everything: bool = False) -> tuple[Gap, ...]:
        """Return the gaps whose count is final. Losses counted for a kind go to its oldest gap."""
        due = [gap for at, gap in self._open if everything or at <= now]
        self._open = [(at, gap) for at, gap in self._open if not everything and at > now]
        taken = []
        for gap in due:
            lost = self._lost.pop(REASON_OF.get(gap.kind, ""), 0)
            taken.append(
                Gap(kind=gap.kind, started_at=gap.started_at, ended_at=gap.ended_at, lost=lost, detail=gap.detail)
            )
        return tuple(taken)

    def put_back(self, gaps: tuple[Gap, ...]) -> None:
        """Take gaps back that could not be stored; they are due at once, with what they had counted."""
        for gap in gaps:
            self._open.append((0.0, gap))
            self.count(REASON_OF.get(gap.kind, ""), gap.lost)
