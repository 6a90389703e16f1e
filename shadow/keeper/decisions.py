"""Triages that wait for their commit, with the links that want to know when it has happened."""

from __future__ import annotations

from shadow.ipc.frames import FrameLink, pack
from shadow.ipc.messages import Committed
from shadow.triage import Triaged


class Decisions:
    """Like the batch of observations: what was taken stays at the head until it is acknowledged."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Triaged, FrameLink]] = []
        self._taken = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, triaged: Triaged, source: FrameLink) -> None:
        """Take one more."""
        self._waiting.append((triaged, source))

    def take(self) -> tuple[Triaged, ...]:
        """Return all that waits, in order of arrival: an observation comes before its triage."""
        self._taken = len(self._waiting)
        return tuple(triaged for triaged, _ in self._waiting)

    def acknowledge(self) -> tuple[Triaged, ...]:
        """The ledger has what was taken: tell the comparers, forget it, and return it."""
        done, self._waiting = self._waiting[: self._taken], self._waiting[self._taken :]
        self._taken = 0
        by_link: dict[FrameLink, list[tuple[str, int]]] = {}
        for triaged, link in done:
            by_link.setdefault(link, []).append((triaged.lane, triaged.seq))
        for link, keys in by_link.items():
            link.send(pack(Committed(triaged=tuple(keys))))
        return tuple(triaged for triaged, _ in done)
