"""Observations that wait for their commit, with the links that want to know when it has happened."""

from __future__ import annotations

from shadow.ipc.frames import FrameLink, pack
from shadow.ipc.messages import Committed
from shadow.records import Observation


class Batch:
    """Grows while a commit is under way. What was taken for one stays at the head until it is acknowledged: after a
    failed commit it is taken again, with what has come meanwhile behind it."""

    def __init__(self) -> None:
        self._observations: list[Observation] = []
        self._sources: list[FrameLink] = []
        self._taken = 0

    def __len__(self) -> int:
        return len(self._observations)

    def add(self, observation: Observation, source: FrameLink) -> None:
        """Take one more."""
        self._observations.append(observation)
        self._sources.append(source)

    def take(self) -> list[Observation]:
        """Return all that waits, in order of arrival."""
        self._taken = len(self._observations)
        return self._observations[:]

    def acknowledge(self) -> None:
        """The ledger has what was taken: tell the senders, and forget it."""
        by_link: dict[FrameLink, list[tuple[str, int]]] = {}
        done = self._taken
        for observation, link in zip(self._observations[:done], self._sources[:done], strict=True):
            by_link.setdefault(link, []).append((observation.lane, observation.seq))
        for link, seqs in by_link.items():
            link.send(pack(Committed(seqs=tuple(seqs))))
        del self._observations[:done], self._sources[:done]
        self._taken = 0
