"""Observations that wait for their commit, with the links that want to know when it has happened."""

from __future__ import annotations

from shadow.ipc.frames import FrameLink, pack
from shadow.ipc.messages import Committed
from shadow.records import Observation


class Batch:
    """Grows until it is committed as a whole; after a failed commit it simply stays."""

    def __init__(self) -> None:
        self._observations: list[Observation] = []
        self._sources: list[FrameLink] = []

    def __len__(self) -> int:
        return len(self._observations)

    @property
    def observations(self) -> list[Observation]:
        """What waits, in order of arrival."""
        return self._observations

    def add(self, observation: Observation, source: FrameLink) -> None:
        """Take one more."""
        self._observations.append(observation)
        self._sources.append(source)

    def acknowledge(self) -> None:
        """The ledger has all of it: tell the senders, and start anew."""
        by_link: dict[FrameLink, list[tuple[str, int]]] = {}
        for observation, link in zip(self._observations, self._sources, strict=True):
            by_link.setdefault(link, []).append((observation.lane, observation.seq))
        for link, seqs in by_link.items():
            link.send(pack(Committed(seqs=tuple(seqs))))
        self._observations = []
        self._sources = []
